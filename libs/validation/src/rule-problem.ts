import type { DescMessage } from '@bufbuild/protobuf';

/** A rule of a contract that can't be applied to any message. Written for the contract's author. */
export interface RuleProblem {
  /** The `.proto` file. */
  readonly file: string;
  /** The full name of the message that has the rule. */
  readonly message: string;
  /** The field's name; '' when the rule is the message's, or it isn't known whose it is. */
  readonly field: string;
  readonly detail: string;
}

/** One line for people: file, message and field, then what is wrong. */
export const ruleProblemLine = ({ file, message, field, detail }: RuleProblem): string =>
  `${file}: ${field === '' ? message : `${message}.${field}`}: ${detail}`;

/** Where a problem is, for the rules of a message or of one of its fields. */
export const problemAt = (desc: DescMessage, field: string, detail: string): RuleProblem => ({
  file: desc.file.proto.name,
  message: desc.typeName,
  field,
  detail,
});
