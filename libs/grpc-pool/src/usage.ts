/** What the connections to one endpoint carry: the figures that say how many there should be. */
export interface EndpointUsage {
  /** Names the endpoint within its pool. */
  readonly key: string;
  /** `host:port`. */
  readonly address: string;
  /** The identity that it must show, as the pool was told; '' where none is expected. */
  readonly expect: string;
  /** Calls begun since the endpoint was first used. Starts again at 0 after the endpoint was released. */
  readonly arrivals: number;
  /** The calls in flight, integrated over time, in milliseconds: its growth by arrivals is the mean latency (Little's law). */
  readonly busyMs: number;
  /** Calls begun and not ended, those that wait for a connection among them. */
  readonly inFlight: number;
  /** Connections that take calls. */
  readonly connections: number;
  /** Connections that are being established. */
  readonly opening: number;
  /** Calls that one connection carries at a time: 1 for HTTP/1.1. */
  readonly streamsPerConnection: number;
  /** Calls that had to wait for a connection to be established, since the endpoint was first used. */
  readonly handshakesInPath: number;
  /** Least and most connections that the pool is configured to hold; a target is kept within them. */
  readonly min: number;
  readonly max: number;
}

/** Counts calls as they begin and end. Nothing but sums: it is touched twice by each call. */
export class UsageMeter {
  arrivals = 0;
  inFlight = 0;
  handshakesInPath = 0;
  private busyMs = 0;
  /** When a call last began or ended: `Clock.monotonic`. */
  changedAt = 0;

  /** @param now `Clock.monotonic` */
  begin(now: number): void {
    this.advance(now);
    this.arrivals++;
    this.inFlight++;
  }

  /** @param now `Clock.monotonic` */
  end(now: number): void {
    this.advance(now);
    this.inFlight--;
  }

  /** The integral of the calls in flight up to `now`, in milliseconds. */
  busyUntil(now: number): number {
    return this.busyMs + this.inFlight * (now - this.changedAt);
  }

  private advance(now: number): void {
    this.busyMs += this.inFlight * (now - this.changedAt);
    this.changedAt = now;
  }
}
