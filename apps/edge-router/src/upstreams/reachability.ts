import { connect } from 'node:net';
import type { LocalEjection } from '@gateway/balancing';
import type { Clock } from '@gateway/clock';
import type { ServiceLedger } from './service-ledger';
import type { TrackedEndpoint } from './tracked-endpoint';

/** Tells whether something accepts TCP connections at `host:port`. Never rejects. */
export type ProbeAddress = (address: string) => Promise<boolean>;

/** What reachability draws on. */
export interface ReachabilityOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly probe: ProbeAddress;
}

/** Between two tries, in milliseconds, plus up to as much at random: an endpoint that is back is used within two seconds. */
const PROBE_MS = 500;
/** For one that accepts connections and then refuses calls time and again. */
const MAX_PROBE_MS = 30_000;
/** Refusing again within that time of having been reached is a relapse. */
const RELAPSE_MS = 10_000;

/** When an endpoint was last given back, and how often it relapsed since it was last well. */
interface Course {
  reachedAt: number;
  relapses: number;
}

/**
 * Finds out when endpoints that refused connections accept them again. A connection that is closed at once costs an
 * endpoint nothing and no request its time; without it, a request would have to be the one to find out. An endpoint whose
 * port is open but that still turns calls away (its TLS is broken, say) is tried at growing intervals.
 */
export class Reachability {
  private readonly courses = new WeakMap<TrackedEndpoint, Course>();

  constructor(private readonly options: ReachabilityOptions) {}

  /** The endpoint is out. */
  ejected(ledger: ServiceLedger, tracked: TrackedEndpoint, { reason }: LocalEjection): void {
    if (reason !== 'refused') return;
    const course = this.courses.get(tracked) ?? { reachedAt: Number.NEGATIVE_INFINITY, relapses: 0 };
    const isRelapse = this.options.clock.monotonic() - course.reachedAt < RELAPSE_MS;
    course.relapses = isRelapse ? course.relapses + 1 : 0;
    this.courses.set(tracked, course);
    this.probeLater(ledger, tracked, course);
  }

  private probeLater(ledger: ServiceLedger, tracked: TrackedEndpoint, course: Course): void {
    const { clock, random } = this.options;
    const delay = Math.min(PROBE_MS * 2 ** course.relapses, MAX_PROBE_MS) * (1 + random());
    clock.after(delay, () => void this.probe(ledger, tracked, course));
  }

  private async probe(ledger: ServiceLedger, tracked: TrackedEndpoint, course: Course): Promise<void> {
    if (!isOut(ledger, tracked)) return;
    const isReached = await this.options.probe(tracked.endpoint.address);
    // A call may have been quicker, and another ejection may have begun since.
    if (!isOut(ledger, tracked)) return;
    if (!isReached) return this.probeLater(ledger, tracked, course);
    course.reachedAt = this.options.clock.monotonic();
    ledger.reached(tracked);
  }
}

const isOut = (ledger: ServiceLedger, tracked: TrackedEndpoint): boolean =>
  tracked.calls.ejection?.reason === 'refused' && ledger.endpoints.includes(tracked);

/** How long a connection may take, in milliseconds. */
const CONNECT_MS = 500;

/** Tries a TCP connection. */
export function tcpProbe(clock: Pick<Clock, 'after'>): ProbeAddress {
  return (address) =>
    new Promise((resolve) => {
      const url = URL.parse(`tcp://${address}`);
      if (url === null) return resolve(false);
      const { hostname, port } = url;
      const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
      const end = (isReached: boolean): void => {
        timer.cancel();
        socket.destroy();
        resolve(isReached);
      };
      const timer = clock.after(CONNECT_MS, () => end(false));
      socket.once('connect', () => end(true));
      socket.once('error', () => end(false));
    });
}
