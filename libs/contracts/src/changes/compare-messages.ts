import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { fieldBreaks } from './compare-fields';
import type { ReportChange } from './contract-change';
import { nameOfType, typeOf } from './field-type';
import { compareJsonFormat } from './json-format';
import { coversRange, includesNumber, type Range } from './ranges';
import { compareReserved, reservedBy } from './reserved';

/** Reports how a message differs, without the messages that it holds. */
export function compareMessages(before: DescMessage, after: DescMessage, report: ReportChange): void {
  const byNumber = new Map(after.fields.map((field) => [field.number, field]));
  const known = new Set(before.fields.map(({ number }) => number));
  for (const field of before.fields) {
    const now = byNumber.get(field.number);
    if (!now) reportRemoved(field, after, report);
    else for (const found of fieldBreaks(field, now)) report({ ...placeOf(now), kind: 'changed', ...found });
  }
  for (const field of after.fields)
    if (!known.has(field.number))
      report({ ...placeOf(field), kind: 'added', rule: null, detail: `a field of type ${nameOfType(typeOf(field))}` });
  compareRequired(before, after, report);
  compareReserved(before, after, report);
  compareExtensionRanges(before, after, report);
  compareJsonFormat(before, after, report);
}

const placeOf = ({ parent, name }: DescField): { file: string; element: string } => ({
  file: parent.file.proto.name,
  element: `${parent.typeName}.${name}`,
});

function reportRemoved(field: DescField, after: DescMessage, report: ReportChange): void {
  const removed = { ...placeOf(field), file: after.file.proto.name, kind: 'removed' } as const;
  const reserved = reservedBy(after);
  const numberKept = includesNumber(reserved.numbers, field.number);
  const nameKept = reserved.names.includes(field.name);
  if (!numberKept)
    report({
      ...removed,
      rule: 'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED',
      detail: `the field is gone, and its number ${field.number} isn't reserved`,
    });
  if (!nameKept)
    report({
      ...removed,
      rule: 'FIELD_NO_DELETE_UNLESS_NAME_RESERVED',
      detail: `the field is gone, and its name isn't reserved`,
    });
  if (numberKept && nameKept) report({ ...removed, rule: null, detail: 'the field is gone and reserved' });
}

/** Either side refuses messages that lack what it requires, so nothing may become required, or cease to be. */
function compareRequired(before: DescMessage, after: DescMessage, report: ReportChange): void {
  const at = { kind: 'changed', file: after.file.proto.name, rule: 'MESSAGE_SAME_REQUIRED_FIELDS' } as const;
  const [was, is] = [requiredBy(before), requiredBy(after)];
  for (const [number, name] of was)
    if (!is.has(number))
      report({ ...at, element: `${after.typeName}.${name}`, detail: 'the field was required and is not' });
  for (const [number, name] of is)
    if (!was.has(number))
      report({ ...at, element: `${after.typeName}.${name}`, detail: 'the field is required and was not' });
}

/** Numbers that others may have extended: as fields they would read what those wrote. */
function compareExtensionRanges(before: DescMessage, after: DescMessage, report: ReportChange): void {
  const is = extensionRangesOf(after);
  for (const range of extensionRangesOf(before))
    if (!coversRange(is, range))
      report({
        kind: 'removed',
        file: after.file.proto.name,
        element: after.typeName,
        rule: 'EXTENSION_MESSAGE_NO_DELETE',
        detail: `not all of the numbers ${range.first} to ${range.last} may be extended any more`,
      });
}

/** A range's end is the first number behind it (descriptor.proto). */
const extensionRangesOf = ({ proto: { extensionRange } }: DescMessage): Range[] =>
  extensionRange.map(({ start, end }) => ({ first: start, last: end - 1 }));

const requiredBy = ({ fields }: DescMessage): ReadonlyMap<number, string> =>
  new Map(
    fields
      .filter(({ presence }) => presence === Presence.LEGACY_REQUIRED)
      .map(({ number, name }): [number, string] => [number, name]),
  );
