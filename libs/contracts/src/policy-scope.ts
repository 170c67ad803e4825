import type { DescMessage } from '@bufbuild/protobuf';
import { fieldPath, isScalarPath } from './field-path';

/** The names that a policy may refer to on its route. */
export interface PolicyScope {
  /** Whether a dotted path names a field of the request that has one text, as keys need. */
  hasKeyField(path: string): boolean;
  /** Whether a name is a field of the request or of the response. */
  hasEventField(name: string): boolean;
}

/** The names of a method's messages. */
export const messageScope = (input: DescMessage, output: DescMessage): PolicyScope => ({
  hasKeyField: (path) => isScalarPath(input, path),
  hasEventField: (name) => fieldPath(input, name) !== null || fieldPath(output, name) !== null,
});

/** The names of a plain HTTP route: the variables of its path template. */
export const pathScope = (variables: readonly string[]): PolicyScope => ({
  hasKeyField: (path) => variables.includes(path),
  hasEventField: (name) => variables.includes(name),
});
