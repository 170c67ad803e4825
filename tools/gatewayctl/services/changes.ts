import { toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { type Column, COLUMNS, type InstanceRow, instanceRow } from './instance-row';

type Instance = registryV1.Instance;

/** What became of one instance. */
export interface InstanceChange {
  readonly kind: 'appeared' | 'changed' | 'gone';
  readonly instance: Instance;
  /** Of a changed one: each column with what it was and is. */
  readonly differences: readonly { readonly column: Column; readonly from: string; readonly to: string }[];
}

/** Load comes with each renewal: it is no news. */
const QUIET: ReadonlySet<Column> = new Set(['load']);

/** What changed between two views of a service. */
export function changesBetween(before: readonly Instance[], after: readonly Instance[]): InstanceChange[] {
  const known = new Map(before.map((instance) => [instance.id, instance]));
  const changes: InstanceChange[] = [];
  for (const instance of after) {
    const former = known.get(instance.id);
    known.delete(instance.id);
    if (former === undefined) changes.push({ kind: 'appeared', instance, differences: [] });
    else {
      const differences = differencesOf(instanceRow(former), instanceRow(instance));
      if (differences.length > 0) changes.push({ kind: 'changed', instance, differences });
    }
  }
  for (const instance of known.values()) changes.push({ kind: 'gone', instance, differences: [] });
  return changes;
}

const differencesOf = (from: InstanceRow, to: InstanceRow): InstanceChange['differences'] =>
  COLUMNS.filter((column) => !QUIET.has(column) && from[column] !== to[column]).map((column) => ({
    ...{ column, from: from[column], to: to[column] },
  }));

const MARKS = { appeared: '+', changed: '~', gone: '-' } as const;

/** `+ project-service/mock-1  localhost:10000  ready`. */
export function describeChange({ kind, instance, differences }: InstanceChange): string {
  const row = instanceRow(instance);
  const name = `${MARKS[kind]} ${row.service}/${row.instance}`;
  if (kind === 'gone') return `${name}  gone`;
  if (kind === 'changed')
    return [name, ...differences.map(({ column, from, to }) => `${column}: ${from} -> ${to}`)].join('  ');
  const shown = (['zone', 'version', 'health'] as const).filter((column) => row[column] !== '-');
  return [name, row.address, row.state, ...shown.map((column) => `${column}: ${row[column]}`)].join('  ');
}

/** The same for programs. */
export const changeJson = ({ kind, instance, differences }: InstanceChange): object => ({
  ...{ kind, service: instance.service, id: instance.id },
  ...(kind === 'changed' && { changed: differences.map(({ column }) => column) }),
  ...(kind !== 'gone' && { instance: toJson(registryV1.InstanceSchema, instance) }),
});
