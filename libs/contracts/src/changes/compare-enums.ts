import type { DescEnum } from '@bufbuild/protobuf';
import type { ReportChange } from './contract-change';
import { compareJsonFormat } from './json-format';
import { includesNumber } from './ranges';
import { compareReserved, reservedBy } from './reserved';

/** Reports how an enum differs. */
export function compareEnums(before: DescEnum, after: DescEnum, report: ReportChange): void {
  const [was, is] = [namesByNumber(before), namesByNumber(after)];
  const reserved = reservedBy(after);
  const at = (name: string) => ({ file: after.file.proto.name, element: `${after.typeName}.${name}` });
  for (const [number, names] of was) {
    const [name] = names as [string];
    const now = is.get(number);
    if (!now) {
      const removed = { ...at(name), kind: 'removed' } as const;
      const numberKept = includesNumber(reserved.numbers, number);
      const namesKept = names.every((each) => reserved.names.includes(each));
      if (!numberKept)
        report({
          ...removed,
          rule: 'ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED',
          detail: `the value ${number} is gone, and its number isn't reserved`,
        });
      if (!namesKept)
        report({
          ...removed,
          rule: 'ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED',
          detail: `the value ${number} is gone, and its name "${name}" isn't reserved`,
        });
      if (numberKept && namesKept) report({ ...removed, rule: null, detail: 'the value is gone and reserved' });
    } else if (names.some((each) => !now.includes(each))) {
      const detail = `the value ${number} was named ${names.join(', ')} and is named ${now.join(', ')}`;
      report({ ...at(now[0]!), kind: 'changed', rule: 'ENUM_VALUE_SAME_NAME', detail });
    }
  }
  for (const [number, [name]] of is)
    if (!was.has(number)) report({ ...at(name!), kind: 'added', rule: null, detail: `the value ${number}` });
  compareReserved(before, after, report);
  compareJsonFormat(before, after, report);
}

/** A number may have several names (`allow_alias`). */
function namesByNumber({ values }: DescEnum): ReadonlyMap<number, readonly string[]> {
  const groups = Map.groupBy(values, ({ number }) => number);
  return new Map([...groups].map(([number, group]) => [number, group.map(({ name }) => name)]));
}
