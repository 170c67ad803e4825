import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { compose } from '@gateway/pipeline';
import { eventually } from '@gateway/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { UndiciHttpClient } from '../engine/node/http-client/undici-http-client';
import { contextOf, httpRoute, NO_CALLS, FORWARDING } from '../pipeline.fixture';
import { forward } from '../pipeline/stages/forward';
import { httpEndpoint } from '../pipeline/forward-http';
import { breakCircuit } from '../pipeline/stages/break-circuit';
import { limitConcurrency } from '../pipeline/stages/limit-concurrency';
import { pickEndpoint } from '../pipeline/stages/pick-endpoint';
import { retry } from '../pipeline/stages/retry';
import type { RouteHandler } from '../pipeline/stage';
import { ResilienceState } from '../resilience/resilience-state';
import type { Endpoint } from './endpoint';
import { EndpointReaper } from './endpoint-reaper';
import { FixedEndpoints } from './endpoint-sources';
import { OpenTunnels } from './open-tunnels';
import { Reachability, tcpProbe } from './reachability';
import { UpstreamMetrics } from './upstream-metrics';
import { Upstreams } from './upstreams';
import { seeded } from './upstreams.fixture';

const INSTANCES = 50;
const TICK_MS = 100;
const TICKS = 30;
const CLIENTS = 40;
/** Fewer never stay. */
const LEAST_UP = 10;

const random = seeded(20_261_124);
/** Calls under way by address. */
const underWay = new Map<string, number>();
const count = (origin: string, change: number): void => void underWay.set(origin, (underWay.get(origin) ?? 0) + change);

/** A server that comes and goes at its address. */
class Flapper {
  private server: Server | null = null;
  private closed: Promise<unknown> = Promise.resolve();
  private port = 0;
  private lives = 0;
  served = 0;
  isRegistered = false;

  constructor(private readonly id: string) {}

  get isUp(): boolean {
    return this.server !== null;
  }

  async start(): Promise<void> {
    await this.closed;
    const server = createServer((_, response) => {
      this.served++;
      systemClock.after(20 * random(), () => response.end(this.id));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
    this.lives++;
    this.isRegistered = true;
  }

  /** Deregisters, and closes when everybody has noticed and has their answers, as services do. */
  leave(): void {
    this.isRegistered = false;
    const { server, address } = this;
    this.server = null;
    if (server !== null)
      this.closed = eventually(() => (underWay.get(`http://${address}`) ?? 0) === 0).then(() => close(server));
  }

  /** Dies with all that it has; its registration stays until somebody notices. */
  die(): void {
    const { server } = this;
    this.server = null;
    if (server !== null) this.closed = close(server);
  }

  async end(): Promise<void> {
    await this.closed;
    this.die();
    await this.closed;
  }

  get endpoint(): Endpoint {
    const fixed = { protocol: 'http1', secure: false, expect: '', contractDigest: '', reportedConnections: 0 } as const;
    return { ...fixed, id: this.id, address: this.address, generation: `e/${this.lives}` };
  }

  private get address(): string {
    return `127.0.0.1:${this.port}`;
  }
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const flappers = Array.from({ length: INSTANCES }, (_, index) => new Flapper(`i${index}`));
const source = new FixedEndpoints();
const client = new UndiciHttpClient();
const resilience = new ResilienceState(systemClock);
const register = (): void =>
  source.replace(new Map([['web', flappers.filter((each) => each.isRegistered).map(({ endpoint }) => endpoint)]]));

/** The pipeline of the edge from retries down, over real sockets. */
function edge() {
  const clock = systemClock;
  const tunnels = new OpenTunnels();
  const reachability = new Reachability({ clock, random, probe: tcpProbe(clock) });
  const metrics = new UpstreamMetrics(new Registry(), () => upstreams.all());
  const upstreams: Upstreams = new Upstreams({
    ...{ sources: [source], contracts: { has: () => true, version: () => 0 }, tunnels, clock, random, zone: '' },
    isBlocked: (route, endpoint) => resilience.isBlocked(route, endpoint),
    listenerFor: (ledger) => ({
      ...metrics.listenerFor(ledger.service),
      ejected: (tracked, ejection) => reachability.ejected(ledger, tracked, ejection),
      returned: () => undefined,
    }),
  });
  const reaper = new EndpointReaper([{ release: (endpoint) => client.release(httpEndpoint(endpoint)) }, resilience]);
  source.onReplace(() => reaper.update('web', upstreams.endpoints('web')));
  const route = httpRoute();
  const ports = {
    ...{ clock, random },
    budgetFor: () => resilience.budgetFor('web'),
    latencyFor: () => resilience.latencyFor(route),
    endpointCount: () => upstreams.endpoints('web').length,
    retryMetricsFor: () => ({ retried: () => retries++, exhausted: () => undefined, hedged: () => undefined }),
    pickerFor: () => upstreams.pickerFor(route),
    loadsFor: () => resilience.loadsFor('web'),
    bulkheadFor: () => resilience.bulkheadFor(route),
    breakersFor: resilience.breakersFor.bind(resilience),
    ...FORWARDING,
    grpc: NO_CALLS,
    http,
    tunnelOpened: () => () => undefined,
  };
  const stages = [retry, pickEndpoint, limitConcurrency, breakCircuit].map((stage) => stage(route, ports));
  return { upstreams, handler: compose(stages, forward(route, ports)) };
}

let retries = 0;

/** The client, with its calls counted. */
const http: Pick<UndiciHttpClient, 'send' | 'tunnel'> = {
  tunnel: () => Promise.reject(new Error('no tunnels')),
  send: async (endpoint, request) => {
    count(endpoint.origin, 1);
    try {
      return await client.send(endpoint, request);
    } finally {
      // Bodies are small: the answer is whole when it is here.
      count(endpoint.origin, -1);
    }
  },
};

beforeAll(() => Promise.all(flappers.map((each) => each.start())).then(() => undefined));
afterAll(async () => {
  await client.close();
  await Promise.all(flappers.map((each) => each.end()));
});

/** One in three changes sides. @param kills whether one of those that go just dies */
async function flap(kills: boolean): Promise<void> {
  flappers.filter(({ isUp, isRegistered }) => !isUp && isRegistered).forEach((dead) => dead.leave());
  const changing = flappers.filter(() => random() < 1 / 3);
  const coming = changing.filter(({ isUp }) => !isUp);
  const spare = flappers.filter(({ isUp }) => isUp).length - LEAST_UP;
  const going = changing.filter(({ isUp }) => isUp).slice(0, Math.max(0, spare));
  const [dying] = kills ? going.splice(0, 1) : [];
  going.forEach((each) => each.leave());
  register();
  dying?.die();
  await Promise.all(coming.map((each) => each.start()));
  register();
}

/** Asks one after the other until it is over. @returns how often it was answered */
async function ask(handler: RouteHandler, isOver: () => boolean): Promise<number> {
  let answered = 0;
  while (!isOver()) {
    const response = await handler(contextOf({ target: '/a/1' }, { path: '/a/1' }));
    expect(response.status).toBe(200);
    expect(Buffer.isBuffer(response.body)).toBe(true);
    answered++;
  }
  return answered;
}

test('fifty instances that come and go all the time fail no request that may be repeated', async () => {
  const { upstreams, handler } = edge();
  register();
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, () => ask(handler, () => isOver));
  const asked = Promise.allSettled(clients);
  try {
    for (let tick = 0; tick < TICKS; tick++) await Promise.all([flap(tick % 3 === 0), systemClock.sleep(TICK_MS)]);
  } finally {
    isOver = true;
    await asked;
  }
  const answered = await Promise.all(clients);
  // All of them had their part, some died under a call, and nothing is left under way.
  expect(answered.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(500);
  expect(flappers.every(({ served }) => served > 0)).toBe(true);
  expect(retries).toBeGreaterThan(0);
  expect(upstreams.ledgerOf('web').endpoints.every(({ inFlight }) => inFlight === 0)).toBe(true);
}, 60_000);
