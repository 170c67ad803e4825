import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Clock, Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import type { Members, Unsubscribe } from '../cluster/members';
import type { Lease } from '../lease/lease';
import type { LeaseTable } from '../lease/lease-table';
import { isSame } from '../lease/revisions';
import { type CheckPlan, planOf } from './check-plan';
import type { Checker, ProbeTarget } from './checker';
import { CheckScheduler } from './check-scheduler';
import { HealthTracker } from './health-tracker';
import { responsibleFor } from './rendezvous';

/** How often leases are compared with what is checked, in milliseconds. */
const RECONCILE_MS = 1_000;
/** What another daemon has checked until now isn't left alone for longer; milliseconds. */
const TAKE_OVER_MS = 1_000;
/** Checks under way at a time. A thousand instances that don't answer take a second each, every three. */
const MAX_RUNNING = 400;

/** What the monitor looks after, and with what. */
export interface MonitorParts {
  readonly table: Pick<LeaseTable, 'all' | 'get' | 'annotate'>;
  readonly members: Members;
  readonly checker: Checker;
  readonly clock: Clock;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Told of each check that ended. */
  readonly checked: (kind: CheckPlan['kind'], passed: boolean) => void;
}

interface Watched {
  readonly lease: Lease;
  readonly plan: CheckPlan;
  readonly target: ProbeTarget;
  readonly tracker: HealthTracker;
}

/**
 * Checks the instances that this daemon is responsible for, and notes on their leases what it finds. Responsible is one of
 * the living daemons per instance (rendezvous hashing); when one comes or goes the others take over at once, and go on from
 * what was noted. Only instances that are ready are checked: a starting one says itself that it isn't, and the end of a
 * draining one is no failure.
 */
export class HealthMonitor {
  readonly #watched = new Map<string, Watched>();
  readonly #scheduler: CheckScheduler;
  #timer: Timer | null = null;
  #unsubscribe: Unsubscribe = () => undefined;

  constructor(private readonly parts: MonitorParts) {
    this.#scheduler = new CheckScheduler(parts.clock, parts.random, MAX_RUNNING);
  }

  /** How many instances this daemon checks. */
  get size(): number {
    return this.#watched.size;
  }

  start(): void {
    this.#unsubscribe = this.parts.members.onChange(() => this.#reconcile(TAKE_OVER_MS));
    this.#timer = this.parts.clock.every(RECONCILE_MS, () => this.#reconcile());
    this.#scheduler.start();
    this.#reconcile();
  }

  stop(): void {
    this.#unsubscribe();
    this.#timer?.cancel();
    this.#scheduler.stop();
    this.#watched.clear();
    this.parts.checker.close();
  }

  /**
   * Checks what is to be checked here, and nothing else.
   * @param withinMs when checks that are new here begin
   */
  #reconcile(withinMs?: number): void {
    const { members, table } = this.parts;
    const live = members.live();
    const wanted = new Map<string, Lease>();
    for (const lease of table.all()) {
      const name = nameOf(lease);
      if (isReady(lease) && responsibleFor(name, live) === members.self) wanted.set(name, lease);
    }
    for (const [name, { lease }] of this.#watched) {
      const now = wanted.get(name);
      if (!now || !isSame(now.generation, lease.generation)) this.#unwatch(name);
    }
    for (const [name, lease] of wanted) if (!this.#watched.has(name)) this.#watch(name, lease, withinMs);
  }

  #watch(name: string, lease: Lease, withinMs?: number): void {
    const { instance, generation } = lease;
    const plan = planOf(instance);
    if (!plan) return;
    const { address, owner, protocol } = instance;
    const key = `${name}@${generation.epoch}.${generation.n}`;
    const target: ProbeTarget = { key, address, owner, protocol, target: plan.target };
    const watched: Watched = { lease, plan, target, tracker: new HealthTracker(plan, instance.health) };
    this.#watched.set(name, watched);
    this.#scheduler.set(name, { intervalMs: plan.intervalMs, run: () => this.#check(name, watched) }, withinMs);
  }

  #unwatch(name: string): void {
    this.parts.checker.forget(this.#watched.get(name)!.target.key);
    this.#watched.delete(name);
    this.#scheduler.remove(name);
  }

  async #check(name: string, watched: Watched): Promise<void> {
    const { plan, target, tracker } = watched;
    const result = await this.parts.checker.check(plan, target);
    // Meanwhile another daemon may have become responsible, or the instance is gone: it is no longer ours to judge.
    if (this.#watched.get(name) !== watched || result === 'unsure') return;
    this.parts.checked(plan.kind, result.passed);
    tracker.record(result.passed ? null : result.why);
    this.#note(watched);
  }

  /** Writes what is known when the lease says otherwise: it changed, or another daemon's writing undid it. */
  #note({ lease, tracker }: Watched): void {
    const { table, clock } = this.parts;
    const { state, why } = tracker.health;
    const noted = table.get(lease)?.instance.health?.state ?? registryV1.HealthState.UNSPECIFIED;
    if (noted === state) return;
    const health = create(registryV1.HealthSchema, { state, why, since: timestampFromMs(clock.now()) });
    table.annotate(lease, lease.generation, { health });
  }
}

const nameOf = ({ service, id }: Lease): string => `${service}/${id}`;

const isReady = ({ instance }: Lease): boolean => instance.state === registryV1.InstanceState.READY;
