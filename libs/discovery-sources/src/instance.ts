/** What an instance speaks. */
export type FoundProtocol = 'grpc' | 'http1' | 'h2' | 'h2c';

/** Where an instance was found. */
export type SourceKind = 'registry' | 'kubernetes' | 'dns' | 'static';

/** One running copy of a service, as a source found it. The same object until something about it changes. */
export interface FoundInstance {
  /** Unique within its source and service, and stable while the instance is the same. */
  readonly id: string;
  readonly service: string;
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
  readonly protocol: FoundProtocol;
  /** Relative share of traffic, 1 or more. */
  readonly weight: number;
  /** '' when the source doesn't know. */
  readonly zone: string;
  /** '' when the source doesn't know. */
  readonly version: string;
  /** May take something new. */
  readonly ready: boolean;
}

/** Replaces new objects by the known ones that are equal; the known array itself when nothing changed. */
export function keepEqual(
  known: readonly FoundInstance[] | undefined,
  found: readonly FoundInstance[],
): readonly FoundInstance[] {
  const byId = new Map(known?.map((each) => [each.id, each]));
  const kept = found.map((each) => {
    const before = byId.get(each.id);
    return before !== undefined && isEqual(before, each) ? before : each;
  });
  const same = known?.length === kept.length && kept.every((each, index) => each === known[index]);
  return same ? known : kept;
}

const KEYS = ['id', 'service', 'address', 'protocol', 'weight', 'zone', 'version', 'ready'] as const;

const isEqual = (one: FoundInstance, other: FoundInstance): boolean => KEYS.every((key) => one[key] === other[key]);
