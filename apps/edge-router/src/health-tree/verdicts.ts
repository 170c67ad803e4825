import type { HealthState } from '@gateway/platform';
import type { DependencyFacts, Finding, InstanceFacts, ServiceFacts } from './facts';

/** A verdict before it is known since when it holds: the causes may not say. */
export interface Judged {
  readonly state: HealthState;
  readonly why: string;
  /** When the cause began, milliseconds since the epoch; null: no cause says so. */
  readonly since: number | null;
}

/** An instance and what is said of it. */
export interface JudgedInstance extends Judged {
  readonly facts: InstanceFacts;
}

/** A service and what is said of it. */
export interface JudgedService extends Judged {
  readonly facts: ServiceFacts;
  readonly instances: readonly JudgedInstance[];
}

const OK: Judged = { state: 'ok', why: '', since: null };
const RANK: Readonly<Record<HealthState, number>> = { ok: 0, degraded: 1, down: 2 };

/**
 * An instance is down when something against it says so, or a check that it requires is down; degraded when it is
 * said to be, when a check is degraded, or when one that it can do without is down.
 */
export function judgeInstance(facts: InstanceFacts): JudgedInstance {
  const found = [...facts.findings, ...facts.dependencies.flatMap(findingOf)];
  const worst = found.reduce<Finding | null>(
    (known, each) => (known === null || RANK[each.state] > RANK[known.state] ? each : known),
    null,
  );
  if (worst !== null) return { ...worst, facts };
  return { ...OK, why: facts.life === 'ready' ? '' : facts.life, facts };
}

function findingOf({ name, required, state, why, since }: DependencyFacts): Finding[] {
  if (state === 'ok') return [];
  return [{ state: state === 'down' && required ? 'down' : 'degraded', why: `${name}: ${why}`, since }];
}

/** A service is down without an instance that may be called, degraded when one that it has isn't ok. */
export function judgeService(facts: ServiceFacts): JudgedService {
  const instances = facts.instances.map(judgeInstance);
  return { ...serviceVerdict(facts, instances), facts, instances };
}

function serviceVerdict({ emptySince }: ServiceFacts, instances: readonly JudgedInstance[]): Judged {
  if (instances.length === 0) return { state: 'down', why: 'no instance is known', since: emptySince };
  const bad = instances.filter(({ state }) => state !== 'ok');
  const usable = instances.filter(isUsable);
  // The service went down with the last instance that could be called …
  if (usable.length === 0)
    return { state: 'down', why: `no usable instance: ${reasons(instances)}`, since: latest(bad) };
  if (bad.length === 0) return OK;
  // … and was no longer whole with the first that couldn't.
  return { state: 'degraded', why: `${bad.length} of ${instances.length}: ${reasons(bad)}`, since: earliest(bad) };
}

const isUsable = ({ state, facts }: JudgedInstance): boolean => state !== 'down' && facts.life === 'ready';

/** The platform is down when a service that routes need is down; degraded when any other isn't ok. */
export function judgePlatform(services: readonly JudgedService[]): Judged {
  const down = services.filter(({ state, facts }) => state === 'down' && facts.needed);
  if (down.length > 0) return { state: 'down', why: named(down), since: earliest(down) };
  const bad = services.filter(({ state }) => state !== 'ok');
  return bad.length === 0 ? OK : { state: 'degraded', why: named(bad), since: earliest(bad) };
}

const named = (services: readonly JudgedService[]): string =>
  services.map(({ facts, state, why }) => `${facts.name} is ${state} (${why})`).join('; ');

/** At most that many reasons are named: a service may have hundreds of instances with the same trouble. */
const NAMED = 3;

function reasons(instances: readonly JudgedInstance[]): string {
  const said = instances.slice(0, NAMED).map(({ facts, why }) => `${facts.id}: ${why}`);
  return [...said, ...(instances.length > NAMED ? [`${instances.length - NAMED} more`] : [])].join(', ');
}

const times = (judged: readonly Judged[]): number[] => judged.flatMap(({ since }) => (since === null ? [] : [since]));

const earliest = (judged: readonly Judged[]): number | null =>
  times(judged).reduce<number | null>((known, each) => (known === null || each < known ? each : known), null);

const latest = (judged: readonly Judged[]): number | null =>
  times(judged).reduce<number | null>((known, each) => (known === null || each > known ? each : known), null);
