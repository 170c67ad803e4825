import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import type { BreakingRule, ReportChange } from './contract-change';
import { coversRange, type Range } from './ranges';

/** The numbers and names that a message or an enum keeps from being used again. */
export interface Reserved {
  readonly numbers: readonly Range[];
  readonly names: readonly string[];
}

/** Of a message a range's end is the first number behind it, of an enum the last one in it (descriptor.proto). */
export const reservedBy = ({ kind, proto: { reservedRange, reservedName } }: DescMessage | DescEnum): Reserved => ({
  numbers: reservedRange.map(({ start, end }) => ({ first: start, last: kind === 'message' ? end - 1 : end })),
  names: reservedName,
});

/** Reports what was reserved and isn't any more: old data may come back as something else. */
export function compareReserved<Desc extends DescMessage | DescEnum>(
  before: Desc,
  after: Desc,
  report: ReportChange,
): void {
  const rule: BreakingRule = before.kind === 'message' ? 'RESERVED_MESSAGE_NO_DELETE' : 'RESERVED_ENUM_NO_DELETE';
  const at = { kind: 'removed', file: after.file.proto.name, element: after.typeName, rule } as const;
  const [was, is] = [reservedBy(before), reservedBy(after)];
  for (const range of was.numbers)
    if (!coversRange(is.numbers, range))
      report({ ...at, detail: `not all of the numbers ${range.first} to ${range.last} are reserved any more` });
  for (const name of was.names)
    if (!is.names.includes(name)) report({ ...at, detail: `the name "${name}" is not reserved any more` });
}
