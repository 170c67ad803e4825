import { type DescField, type DescMessage, getOption, hasOption } from '@bufbuild/protobuf';
import {
  field as fieldOption,
  type FieldRules,
  message as messageOption,
  oneof as oneofOption,
  type Rule,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** What a message type itself declares, without the types inside it. */
export interface DeclaredRules {
  readonly desc: DescMessage;
  /** Regular expressions, and the field whose rule it is. */
  readonly patterns: readonly { readonly field: string; readonly pattern: string }[];
  /** Ids of CEL rules, and the field; '' for the message's own. */
  readonly expressions: readonly { readonly field: string; readonly id: string }[];
  /** Whether there are rules beyond the standard ones: CEL, or predefined rules of the contract's own. */
  readonly isCustom: boolean;
}

/** Reads what a type declares; null: nothing. Throws when an option isn't what its extension says. */
export function declaredRules(desc: DescMessage): DeclaredRules | null {
  const fields = desc.fields.filter((field) => hasOption(field, fieldOption));
  const hasOneofRule = desc.oneofs.some((oneof) => hasOption(oneof, oneofOption));
  if (fields.length === 0 && !hasOneofRule && !hasOption(desc, messageOption)) return null;
  const own = getOption(desc, messageOption);
  const rules = fields.flatMap((field) => rulesOf(field));
  const expressions = [
    ...idsOf(own).map((id) => ({ field: '', id })),
    ...rules.flatMap(({ field, rules: each }) => idsOf(each).map((id) => ({ field, id }))),
  ];
  const patterns = rules.flatMap(({ field, rules: each }) => patternsOf(each).map((pattern) => ({ field, pattern })));
  const isCustom = expressions.length > 0 || rules.some(({ rules: each }) => hasPredefined(each));
  return { desc, patterns, expressions, isCustom };
}

interface RulesOfField {
  readonly field: string;
  readonly rules: FieldRules;
}

/** The rules of a field, and those of its items, keys and values. */
function rulesOf(desc: DescField): RulesOfField[] {
  const found: RulesOfField[] = [];
  const visit = (rules: FieldRules | undefined): void => {
    if (rules === undefined) return;
    found.push({ field: desc.name, rules });
    if (rules.type.case === 'repeated') visit(rules.type.value.items);
    if (rules.type.case !== 'map') return;
    visit(rules.type.value.keys);
    visit(rules.type.value.values);
  };
  visit(getOption(desc, fieldOption));
  return found;
}

const idsOf = ({ cel, celExpression }: { cel: readonly Rule[]; celExpression: readonly string[] }): string[] => [
  ...cel.map(({ id }) => id),
  ...celExpression,
];

function patternsOf({ type }: FieldRules): string[] {
  if (type.case !== 'string' && type.case !== 'bytes') return [];
  return type.value.pattern === '' ? [] : [type.value.pattern];
}

const hasPredefined = ({ type }: FieldRules): boolean => (type.value?.$unknown?.length ?? 0) > 0;
