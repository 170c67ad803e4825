import { GatewayError } from '@gateway/errors';
import type { Clock } from '@gateway/clock';
import {
  type ConnectionHolder,
  type EndpointUsage,
  jitteredAge,
  leastBusy,
  nearlyFull,
  Upkeep,
  UsageMeter,
} from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import type { HttpEndpoint, HttpPoolStats, UpstreamRequest } from '../../http-client';
import { clientOptions, type IdleTimes } from './client-options';
import { connectorOf, type ConnectorOptions } from './connector';
import { type ConnectionEvents, type ConnectionSetup, HttpConnection } from './http-connection';
import { type CallOwner, UpstreamCall } from './upstream-call';

/** How the connections of a pool are kept; see HttpClientOptions. */
export interface PoolOptions extends ConnectorOptions, IdleTimes {
  readonly clock: Clock;
  readonly min: number;
  readonly connections: number;
  readonly h2Connections: number;
  readonly streams: number;
  readonly queue: number;
  readonly poolIdleMs: number;
  readonly maxAgeMs: number;
  readonly random: () => number;
}

/** Servers close a connection without a first request after a minute; one opened ahead of need is renewed before. */
const UNUSED_MS = 30_000;

/** The connections to one endpoint, and the calls that wait for one. */
export class UpstreamPool implements ConnectionHolder<HttpConnection>, ConnectionEvents, CallOwner {
  readonly connections: HttpConnection[] = [];
  readonly clock: Clock;
  /** HTTP/1.1 connections without a request. The latest used is used next, so that those that aren't needed grow idle. */
  private readonly free: HttpConnection[] = [];
  private readonly waiting = new Set<UpstreamCall>();
  /** Connections that end with their calls. */
  private readonly leaving = new Set<HttpConnection>();
  private readonly meter = new UsageMeter();
  private readonly upkeep: Upkeep<HttpConnection>;
  private readonly setup: ConnectionSetup;
  private readonly max: number;
  private readonly nearlyFull: number;
  private opening = 0;
  private closing = false;

  constructor(
    readonly endpoint: HttpEndpoint,
    private readonly options: PoolOptions,
  ) {
    const { protocol, origin } = endpoint;
    const streams = protocol === 'http1' ? 1 : options.streams;
    this.clock = options.clock;
    this.max = protocol === 'http1' ? options.connections : options.h2Connections;
    this.nearlyFull = nearlyFull(streams);
    const client = clientOptions(protocol, streams, options);
    this.setup = { origin, connect: connectorOf(endpoint, options), streams, client };
    this.upkeep = new Upkeep(this, { min: options.min, max: this.max, idleMs: options.poolIdleMs });
    this.upkeep.refill(this.clock.monotonic());
  }

  /**
   * @param upgrade the protocol to switch to; null for an ordinary request
   * @throws GatewayError GW_OVERLOADED
   */
  call(request: UpstreamRequest, upgrade: string | null): Promise<EdgeResponse> {
    const connection = this.pick();
    if (connection === null && this.isFull) throw new GatewayError('GW_OVERLOADED');
    this.meter.begin(this.clock.monotonic());
    return new Promise((resolve, reject) => {
      this.place(new UpstreamCall(request, upgrade, this, resolve, reject), connection);
    });
  }

  setTarget(connections: number): void {
    this.upkeep.setTarget(connections);
    this.upkeep.refill(this.clock.monotonic());
  }

  /** To be called once a second. @param now `Clock.monotonic` */
  look(now: number): void {
    for (const connection of [...this.free]) {
      if (connection.served === 0 && connection.idleSince <= now - UNUSED_MS) this.retire(connection);
    }
    this.upkeep.look(now);
  }

  /** Nobody has called for `poolIdleMs`, and no target asks for connections. */
  isUnused(now: number): boolean {
    return (
      this.meter.inFlight === 0 && this.upkeep.wanted === 0 && now - this.meter.changedAt >= this.options.poolIdleMs
    );
  }

  stats(): HttpPoolStats {
    const { origin, expect } = this.endpoint;
    const running = this.connections.reduce((sum, { inFlight }) => sum + inFlight, 0);
    return { origin, expect, connections: this.connections.length - this.opening, running, queued: this.waiting.size };
  }

  /** @param key names the endpoint within the client */
  usage(key: string, now: number): EndpointUsage {
    const { meter, endpoint, opening, options, setup, max } = this;
    const { arrivals, inFlight, handshakesInPath } = meter;
    return {
      ...{ key, address: new URL(endpoint.origin).host, expect: endpoint.expect ?? '' },
      ...{ arrivals, inFlight, handshakesInPath, busyMs: meter.busyUntil(now) },
      ...{ connections: this.connections.length - opening, opening },
      ...{ streamsPerConnection: setup.streams, min: options.min, max },
    };
  }

  /** Lets its requests finish, those that wait too, then closes. */
  close(): void {
    this.closing = true;
    if (this.waiting.size === 0) for (const connection of [...this.connections]) this.retire(connection);
  }

  /** Ends its requests too. */
  async destroy(): Promise<void> {
    const gone = new Error('the client is closed');
    for (const call of [...this.waiting]) call.fail(gone);
    const connections = [...this.connections.splice(0), ...this.leaving];
    this.leaving.clear();
    await Promise.all(connections.map((connection) => connection.destroy()));
  }

  /** No connection is left. */
  get isGone(): boolean {
    return this.connections.length === 0 && this.leaving.size === 0 && this.waiting.size === 0;
  }

  // What the upkeep asks for.

  open(first: UpstreamCall | null = null): HttpConnection {
    const now = this.clock.monotonic();
    const { maxAgeMs, random } = this.options;
    const connection = new HttpConnection(this.setup, this, now, now + jitteredAge(maxAgeMs, random), first);
    this.opening++;
    this.connections.push(connection);
    return connection;
  }

  retire(connection: HttpConnection): void {
    connection.retire();
  }

  // What connections tell.

  opened(connection: HttpConnection): void {
    this.opening--;
    if (connection.first !== null && !connection.first.over) connection.dispatch(connection.first, true);
    this.serve(connection, true);
    this.upkeep.opened(this.clock.monotonic());
  }

  failed(connection: HttpConnection, error: Error): void {
    this.opening--;
    this.remove(connection);
    this.upkeep.failed(this.clock.monotonic());
    connection.first?.fail(error);
    this.failWaiting(error);
  }

  freed(connection: HttpConnection): void {
    connection.idleSince = this.meter.changedAt;
    this.serve(connection, false);
  }

  closed(connection: HttpConnection): void {
    this.remove(connection);
    if (connection.inFlight > 0) this.leaving.add(connection);
    this.grow();
  }

  left(connection: HttpConnection): void {
    this.leaving.delete(connection);
  }

  // What calls tell.

  ended(call: UpstreamCall): void {
    this.waiting.delete(call);
    this.meter.end(this.clock.monotonic());
  }

  repeat(call: UpstreamCall, fresh: boolean): void {
    const again = call.again();
    // All the idle ones may be as stale as the one that it had.
    if (fresh && this.setup.streams === 1) this.open(again);
    else this.place(again, this.pick());
  }

  private pick(): HttpConnection | null {
    if (this.setup.streams === 1) return this.free.pop() ?? null;
    const connection = leastBusy(this.connections, 'ready');
    if (connection === null) return null;
    if (connection.inFlight >= this.nearlyFull && this.opening === 0 && this.hasRoom) this.open();
    return connection.inFlight < this.setup.streams ? connection : null;
  }

  private place(call: UpstreamCall, connection: HttpConnection | null): void {
    if (connection === null) {
      if (call.over) return;
      this.waiting.add(call);
      this.grow();
    } else if (call.over) this.serve(connection, false);
    else connection.dispatch(call, false);
  }

  /** Gives a connection to those that wait. @param fresh it has just been established */
  private serve(connection: HttpConnection, fresh: boolean): void {
    const { streams } = this.setup;
    for (const call of this.waiting) {
      if (connection.inFlight >= streams) return;
      this.waiting.delete(call);
      if (fresh) this.meter.handshakesInPath++;
      connection.dispatch(call, fresh);
    }
    if (this.closing) this.retire(connection);
    else if (streams === 1 && connection.inFlight === 0) this.free.push(connection);
  }

  /** Opens one more when those that are being opened aren't enough for those that wait. */
  private grow(): void {
    if (this.hasRoom && this.waiting.size > this.opening * this.setup.streams) this.open();
  }

  /** Those that waited for the connection: more than the others that are being opened can carry. */
  private failWaiting(error: Error): void {
    const { streams } = this.setup;
    let excess = Math.min(streams, this.waiting.size - this.opening * streams);
    for (const call of this.waiting) {
      if (excess-- <= 0) break;
      call.fail(error);
    }
    this.grow();
  }

  private get hasRoom(): boolean {
    return this.connections.length < this.max;
  }

  private get isFull(): boolean {
    return !this.hasRoom && this.waiting.size >= this.options.queue + this.opening * this.setup.streams;
  }

  private remove(connection: HttpConnection): void {
    const at = this.connections.indexOf(connection);
    if (at >= 0) this.connections.splice(at, 1);
    const free = this.free.indexOf(connection);
    if (free >= 0) this.free.splice(free, 1);
  }
}
