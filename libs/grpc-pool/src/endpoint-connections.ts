import { wasLost } from './call-status';
import { GrpcConnection, type ConnectionOptions } from './grpc-connection';
import type {
  ChannelStats,
  CredentialsFor,
  GrpcEndpoint,
  GrpcStream,
  StreamOptions,
  UnaryOptions,
  UnaryResult,
} from './types';
import { leastBusy, nearlyFull } from './least-busy';
import { type ConnectionHolder, Upkeep, type UpkeepOptions, jitteredAge } from './upkeep';
import { type EndpointUsage, UsageMeter } from './usage';

/** How the connections to each endpoint are kept. */
export interface EndpointOptions extends ConnectionOptions, UpkeepOptions {
  readonly credentialsFor: CredentialsFor;
  readonly streams: number;
  readonly maxAgeMs: number;
  readonly random: () => number;
}

/** The connections to one endpoint. */
export class EndpointConnections implements ConnectionHolder<GrpcConnection> {
  readonly connections: GrpcConnection[] = [];
  private readonly meter = new UsageMeter();
  private readonly upkeep: Upkeep<GrpcConnection>;
  private readonly nearlyFull: number;
  private readonly security: ReturnType<CredentialsFor>;

  /** @throws what `credentialsFor` throws */
  constructor(
    private readonly endpoint: GrpcEndpoint,
    private readonly options: EndpointOptions,
  ) {
    this.security = options.credentialsFor(endpoint.expect);
    this.upkeep = new Upkeep(this, options);
    this.nearlyFull = nearlyFull(options.streams);
    this.upkeep.refill(options.clock.monotonic());
  }

  /** @param deadline milliseconds since the epoch */
  async unary(path: string, request: Uint8Array, deadline: number, options: UnaryOptions): Promise<UnaryResult> {
    const { meter } = this;
    const { clock } = this.options;
    let connection = this.next();
    meter.begin(clock.monotonic());
    try {
      return await connection.unary(path, request, deadline, options);
    } catch (error) {
      if (!wasLost(error)) throw error;
      this.retire(connection);
      connection = this.next();
      return await connection.unary(path, request, deadline, options);
    } finally {
      meter.end(clock.monotonic());
    }
  }

  /**
   * A stream that is lost isn't begun anew: what was sent isn't kept. Its connection is given up, the next call has another.
   * @param deadline milliseconds since the epoch
   * @throws GrpcCallError when there is no connection to be had
   */
  stream(path: string, deadline: number, options: StreamOptions): GrpcStream {
    const { meter } = this;
    const { clock } = this.options;
    const connection = this.next();
    const stream = connection.stream(path, deadline, options, (error) => {
      meter.end(clock.monotonic());
      if (wasLost(error)) this.retire(connection);
    });
    meter.begin(clock.monotonic());
    return stream;
  }

  setTarget(connections: number): void {
    this.upkeep.setTarget(connections);
    this.upkeep.refill(this.options.clock.monotonic());
  }

  /** To be called once a second. @param now `Clock.monotonic` */
  look(now: number): void {
    this.upkeep.look(now);
  }

  /** Nothing holds it: no connection, no target. */
  get isUnused(): boolean {
    return this.connections.length === 0 && this.upkeep.wanted === 0;
  }

  open(): GrpcConnection {
    const connection = this.connections.find(({ state }) => state === 'idle') ?? this.add();
    connection.connect();
    return connection;
  }

  retire(connection: GrpcConnection): void {
    const at = this.connections.indexOf(connection);
    if (at >= 0) this.connections.splice(at, 1);
    connection.retire();
  }

  close(): void {
    for (const connection of this.connections.splice(0)) connection.retire();
  }

  /** @param key names the endpoint within its pool */
  usage(key: string, now: number): EndpointUsage {
    const { meter, endpoint, connections } = this;
    const { min, max, streams } = this.options;
    const { arrivals, inFlight, handshakesInPath } = meter;
    return {
      ...{ key, address: endpoint.address, expect: endpoint.expect },
      ...{ arrivals, inFlight, handshakesInPath, busyMs: meter.busyUntil(now) },
      connections: connections.filter(({ state }) => state === 'ready').length,
      opening: connections.filter(({ state }) => state === 'opening').length,
      ...{ streamsPerConnection: streams, min, max },
    };
  }

  stats(): ChannelStats[] {
    return this.connections.map((connection) => connection.stats());
  }

  /**
   * The ready connection with the fewest calls. Without one: what is being established; without that, one that isn't
   * connected; one that can't connect comes last, it fails the call at once.
   */
  private pick(): GrpcConnection {
    const ready = leastBusy(this.connections, 'ready');
    if (ready !== null) {
      // The new one is for later calls: this one has a stream.
      if (ready.inFlight >= this.nearlyFull && this.mayGrow()) this.open();
      return ready;
    }
    const opening = leastBusy(this.connections, 'opening');
    if (opening !== null) return opening.inFlight >= this.nearlyFull && this.hasRoom() ? this.open() : opening;
    return leastBusy(this.connections, 'idle') ?? leastBusy(this.connections, 'failing') ?? this.add();
  }

  private next(): GrpcConnection {
    const connection = this.pick();
    const { state } = connection;
    if (state === 'opening' || state === 'idle') this.meter.handshakesInPath++;
    return connection;
  }

  private hasRoom(): boolean {
    return this.connections.length < this.options.max;
  }

  /** One at a time; one that isn't connected needs no room. */
  private mayGrow(): boolean {
    if (this.connections.some(({ state }) => state === 'opening')) return false;
    return this.hasRoom() || this.connections.some(({ state }) => state === 'idle');
  }

  private add(): GrpcConnection {
    const { clock, maxAgeMs, random } = this.options;
    const expiresAt = clock.monotonic() + jitteredAge(maxAgeMs, random);
    const connection = new GrpcConnection(this.endpoint, this.security, this.options, expiresAt);
    this.connections.push(connection);
    return connection;
  }
}
