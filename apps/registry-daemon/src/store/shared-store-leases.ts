import type { Clock } from '@gateway/clock';
import type { SharedLeases } from '../lease/expiry';
import { type InstanceKey, keyOf, type Lease } from '../lease/lease';
import type { LeaseTable } from '../lease/lease-table';
import { compareGenerations } from '../lease/revisions';
import type { LeaseIntake } from './lease-intake';
import type { RegistryStore } from './registry-store';
import type { SyncLogger } from './store-loop';

/**
 * After the store is back, other daemons may need that long to be back at it, in milliseconds: until one counts as dead, and
 * its clients have turned elsewhere.
 */
export const SETTLE_MS = 10_000;
/** What the answers are made of. */
export interface SharedStoreParts {
  readonly store: RegistryStore;
  readonly table: LeaseTable;
  readonly intake: LeaseIntake;
  readonly known: SyncState;
}

/** How far this daemon and the store know of each other. */
export interface SyncState {
  /** Whether everything in the store's present life was exchanged once. */
  isAdopted(): boolean;
  /** Whether something of the instance waits to be written. */
  isDirty(key: InstanceKey): boolean;
}

/** What expiry asks the store: it has the last word on whether a lease was renewed, at whatever daemon. */
export class SharedStoreLeases implements SharedLeases {
  /** Since when the store is there, in this life: monotonic. */
  #thereSince = 0;

  constructor(
    private readonly parts: SharedStoreParts,
    private readonly clock: Clock,
    private readonly logger: SyncLogger,
  ) {}

  /** The store is there again, or in another life. */
  returned(): void {
    this.#thereSince = this.clock.monotonic();
  }

  isSettled(): boolean {
    return this.clock.monotonic() - this.#thereSince >= SETTLE_MS;
  }

  async remaining(leases: readonly Lease[]): Promise<ReadonlyMap<Lease, number> | null> {
    if (!this.parts.store.available() || !this.parts.known.isAdopted()) return null;
    try {
      const found = new Map<Lease, number>();
      for (const [service, group] of byService(leases)) {
        const left = await this.parts.store.remaining(service, group);
        for (const [index, lease] of group.entries()) {
          const ms = left[index] ?? null;
          if (ms !== null) found.set(lease, ms);
          else await this.#lacking(lease);
        }
      }
      return found;
    } catch {
      return null;
    }
  }

  async expire(leases: readonly Lease[]): Promise<readonly Lease[]> {
    const ended: Lease[] = [];
    try {
      for (const [service, group] of byService(leases)) {
        const expired = await this.parts.store.expire(service, group);
        this.parts.intake.heard({ upserted: [], removed: [], expired, contracts: [] });
        const keys = new Set(expired.map(keyOf));
        ended.push(...group.filter((lease) => keys.has(keyOf(lease)) && !this.parts.table.isRenewed(lease)));
      }
    } catch (err) {
      this.logger.warn({ err }, 'the store refuses to end leases; they are tried again');
    }
    return ended;
  }

  /** The store has no such life of an instance, or another one: what it has counts, unless ours waits to be written. */
  async #lacking(lease: Lease): Promise<void> {
    if (this.parts.known.isDirty(lease)) return;
    const instead = await this.parts.store.find(lease);
    if (this.parts.known.isDirty(lease) || this.parts.table.get(lease) !== lease) return;
    if (instead && compareGenerations(instead.generation, lease.generation) >= 0) this.parts.table.learn(instead);
    else this.parts.table.forget(lease);
  }
}

const byService = (leases: readonly Lease[]): Map<string, Lease[]> => Map.groupBy(leases, ({ service }) => service);
