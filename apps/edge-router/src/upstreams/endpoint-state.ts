import type { Clock } from '@gateway/clock';
import type { TrackedEndpoint } from './tracked-endpoint';

/** What keeps calls from an endpoint, in a word. */
export type EndpointState =
  | 'usable'
  /** This edge took it out: it answers badly. */
  | 'ejected'
  /** It refuses this edge's connections. */
  | 'refusing'
  /** Active checks fail. */
  | 'failing'
  /** Enough edges agreed to take it out. */
  | 'ejected-everywhere';

/** The state of an endpoint. What this edge sees itself counts first. */
export function stateOf({ standing, calls: { ejection }, endpoint: { withheld } }: TrackedEndpoint): EndpointState {
  if (standing === 'usable') return 'usable';
  if (ejection !== null) return ejection.reason === 'refused' ? 'refusing' : 'ejected';
  return withheld?.reason === 'health' ? 'failing' : 'ejected-everywhere';
}

/** An endpoint as the admin page shows it. */
export interface EndpointView {
  readonly weight: number;
  readonly state: EndpointState;
  /** Why it isn't usable, and until when (RFC 3339) as far as that is known. */
  readonly ejected?: { readonly reason: string; readonly why: string; readonly until?: string };
  readonly inFlight: number;
  /** Peak-sensitive average of the time to an answer's head, in milliseconds; absent while it isn't known. */
  readonly latencyMs?: number;
  /** Since this edge knows the endpoint. */
  readonly requests: number;
  readonly failures: number;
}

/** What this edge knows of an endpoint. */
export function viewOf(tracked: TrackedEndpoint, clock: Pick<Clock, 'monotonic' | 'now'>): EndpointView {
  const { weight, inFlight, requests, failed } = tracked;
  const latency = tracked.latency.value(clock.monotonic());
  const ejected = ejectionOf(tracked, clock);
  return {
    weight,
    state: stateOf(tracked),
    ...(ejected === null ? {} : { ejected }),
    inFlight,
    ...(latency === 0 ? {} : { latencyMs: Math.round(latency * 100) / 100 }),
    requests,
    failures: failed,
  };
}

function ejectionOf(
  { standing, calls: { ejection }, endpoint: { withheld } }: TrackedEndpoint,
  clock: Pick<Clock, 'monotonic' | 'now'>,
): EndpointView['ejected'] | null {
  if (standing === 'usable') return null;
  if (ejection !== null) {
    const { reason, why, until } = ejection;
    return { reason, why, ...untilAt(clock.now() + until - clock.monotonic()) };
  }
  return { reason: withheld!.reason, why: withheld!.why, ...untilAt(withheld!.until) };
}

const untilAt = (epochMs: number): { until?: string } =>
  epochMs === Number.POSITIVE_INFINITY ? {} : { until: new Date(epochMs).toISOString() };
