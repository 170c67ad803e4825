import type { Clock, Timer } from '@gateway/clock';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { BoundAddress, Certificate, DrainOptions, Listener, ListenerStats } from '../engine';
import type { EngineLimits } from '../limits';
import { drainServers } from './drain';
import type { Http1Server } from './http1/http1-server';
import type { Http2Connection } from './http2/connection';
import type { Traffic } from './traffic';

/** How often connections and requests that have become too old are looked for. */
const SWEEP_MS = 1_000;

/** A listening socket with its connections. */
export interface BoundServer {
  readonly server: Server | SecureServer;
  readonly address: BoundAddress;
  readonly traffic: Traffic;
  readonly http1: Http1Server;
  readonly sessions: ReadonlySet<Http2Connection>;
  /** Every accepted connection, below TLS. */
  readonly sockets: ReadonlySet<Socket>;
}

/** The sockets of one `listen`. */
export class NodeListener implements Listener {
  readonly addresses: readonly BoundAddress[];
  private readonly sweep: Timer;
  private draining: Promise<void> | null = null;

  constructor(
    private readonly bound: readonly BoundServer[],
    private readonly clock: Clock,
    limits: EngineLimits,
  ) {
    this.addresses = bound.map(({ address }) => address);
    this.sweep = clock.every(SWEEP_MS, () => this.sweepOld(limits.requestMs));
  }

  setCertificate({ cert, key }: Certificate): void {
    // Throws before anything has changed.
    createSecureContext({ cert, key });
    for (const { server } of this.bound) if ('setSecureContext' in server) server.setSecureContext({ cert, key });
  }

  drain(options: DrainOptions): Promise<void> {
    this.draining ??= drainServers(this.bound, options, this.clock).then(() => this.sweep.cancel());
    return this.draining;
  }

  async close(): Promise<void> {
    this.sweep.cancel();
    await Promise.all(this.bound.map(closeServer));
  }

  stats(): ListenerStats {
    const stats = { connections: 0, requests: 0, tunnels: 0, collectedBytes: 0 };
    for (const { sockets, traffic } of this.bound) {
      stats.connections += sockets.size;
      stats.requests += traffic.requests;
      stats.tunnels += traffic.tunnels;
      stats.collectedBytes += traffic.collecting;
    }
    return stats;
  }

  private sweepOld(requestMs: number): void {
    const before = this.clock.monotonic() - requestMs;
    for (const { http1, sessions } of this.bound) {
      http1.closeStalled();
      for (const session of sessions) session.refuseOverdue(before);
    }
  }
}

/** Ends a server and its connections at once. */
export function closeServer({ server, sockets, http1, sessions }: BoundServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const { socket } of http1.connections) socket.destroy();
  for (const { socket } of sessions) socket.destroy();
  for (const socket of sockets) socket.destroy();
  return closed;
}
