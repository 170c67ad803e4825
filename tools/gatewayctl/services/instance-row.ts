import { registryV1 } from '@gateway/contracts';
import { timestampDate } from '@bufbuild/protobuf/wkt';

type Instance = registryV1.Instance;

/** The columns of an instance. */
export const COLUMNS = [
  'service',
  'instance',
  'address',
  'state',
  'health',
  'ejection',
  'zone',
  'version',
  'weight',
  'load',
  'generation',
] as const;

export type Column = (typeof COLUMNS)[number];

/** An instance as people read it. `-` stands for what isn't known or doesn't apply. */
export type InstanceRow = Readonly<Record<Column, string>>;

export function instanceRow(instance: Instance): InstanceRow {
  const { service, id, address, zone, version, weight, load, generation } = instance;
  return {
    ...{ service, address, zone: zone || '-', version: version || '-' },
    instance: id,
    state: word(registryV1.InstanceState[instance.state]),
    health: healthOf(instance),
    ejection: ejectionOf(instance),
    weight: String(weight || 1),
    load: load ? `${load.connections} conn, ${load.inFlight} calls` : '-',
    // The epoch is the store's, the same for all: only its end is of use to people.
    generation: generation ? `${generation.epoch.slice(-4)}/${generation.n}` : '-',
  };
}

function healthOf({ health }: Instance): string {
  if (health?.state === registryV1.HealthState.PASSING) return 'passing';
  if (health?.state === registryV1.HealthState.FAILING) return `failing: ${health.why}`;
  return '-';
}

function ejectionOf({ ejection }: Instance): string {
  if (ejection === undefined) return '-';
  const { why, until, agreed, reporters, shadow } = ejection;
  const end = until ? ` until ${timestampDate(until).toISOString().slice(11, 19)}` : '';
  return `${shadow ? 'shadow, ' : ''}${agreed} of ${reporters}${end}: ${why}`;
}

/** `READY` -> `ready`. A state that this program doesn't know is a number on the wire. */
const word = (name: string | undefined): string => (name ?? 'unknown').toLowerCase();
