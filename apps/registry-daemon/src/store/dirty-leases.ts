import { type InstanceKey, keyOf, type Lease } from '../lease/lease';

/** What waits to be written of one instance. */
type Dirty =
  | { readonly kind: 'put'; readonly lease: Lease; readonly renewed: boolean }
  | { readonly kind: 'renewed'; readonly lease: Lease }
  | { readonly kind: 'deregistered' | 'expired'; readonly lease: Lease };

/** What waits of one service. */
export interface DirtyBatch {
  readonly service: string;
  readonly put: readonly { readonly lease: Lease; readonly renewed: boolean }[];
  readonly renewed: readonly Lease[];
  readonly removed: readonly Lease[];
  /** Ended here while the store couldn't be asked: it has the last word. */
  readonly expired: readonly Lease[];
}

/** How many leases go in one write: a script takes a bounded number of arguments. */
const MAX_BATCH = 500;

/** The instances whose present state the store doesn't have yet. Later changes of one replace earlier ones. */
export class DirtyLeases {
  readonly #entries = new Map<string, Dirty>();

  get size(): number {
    return this.#entries.size;
  }

  has(key: InstanceKey): boolean {
    return this.#entries.has(keyOf(key));
  }

  put(lease: Lease, renewed: boolean): void {
    const before = this.#entries.get(keyOf(lease));
    const alsoRenewed = before?.kind === 'renewed' || (before?.kind === 'put' && before.renewed);
    this.#entries.set(keyOf(lease), { kind: 'put', lease, renewed: renewed || alsoRenewed });
  }

  renew(lease: Lease): void {
    if (this.#entries.get(keyOf(lease))?.kind === 'put') this.put(lease, true);
    else this.#entries.set(keyOf(lease), { kind: 'renewed', lease });
  }

  remove(lease: Lease, why: 'deregistered' | 'expired'): void {
    this.#entries.set(keyOf(lease), { kind: why, lease });
  }

  /** Takes out what waits of the service that waits longest; call it only when something waits. */
  take(): DirtyBatch {
    const [first] = this.#entries.values();
    const { service } = first!.lease;
    const entries = [...this.#entries.values()].filter(({ lease }) => lease.service === service).slice(0, MAX_BATCH);
    for (const { lease } of entries) this.#entries.delete(keyOf(lease));
    const of = (kind: Dirty['kind']): Lease[] => entries.filter((each) => each.kind === kind).map(({ lease }) => lease);
    return {
      service,
      put: entries.filter((each) => each.kind === 'put'),
      renewed: of('renewed'),
      removed: of('deregistered'),
      expired: of('expired'),
    };
  }

  /** It couldn't be written: it waits again, where nothing newer does. */
  giveBack({ put, renewed, removed, expired }: DirtyBatch): void {
    const entries: Dirty[] = [
      ...put.map((each) => ({ kind: 'put' as const, ...each })),
      ...renewed.map((lease) => ({ kind: 'renewed' as const, lease })),
      ...removed.map((lease) => ({ kind: 'deregistered' as const, lease })),
      ...expired.map((lease) => ({ kind: 'expired' as const, lease })),
    ];
    for (const entry of entries) {
      const newer = this.#entries.get(keyOf(entry.lease));
      if (!newer) this.#entries.set(keyOf(entry.lease), entry);
      // A renewal alone doesn't carry the change that couldn't be written.
      else if (newer.kind === 'renewed' && entry.kind === 'put') this.put(newer.lease, true);
    }
  }
}
