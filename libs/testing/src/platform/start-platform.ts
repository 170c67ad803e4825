import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Authority } from '../authority';
import { eventually } from '../eventually';
import { startFaultyLink, type FaultyLink } from '../faults/faulty-link';
import { freePort } from '../ports';
import { startRedis, type TestRedis } from '../redis';
import { createApp, type RunningApp } from './app-process';
import { environmentOf, identityDir, type Ports, type Surroundings } from './environment';
import { unseenBy, type Registered } from './readiness';
import type { RunningEdge } from './start-edge';
import { DEVELOPMENT_OWNERS, IDENTITIES, adminVariable, processSpec, type Owners, type ProcessSpec } from './topology';

/** How a test's platform differs from one edge, two ws-nodes and one mock-services. */
export interface PlatformOptions {
  readonly edges?: number;
  readonly wsNodes?: number;
  readonly mocks?: number;
  /** Registry-daemons, on one Redis; 1 when not given. */
  readonly registries?: number;
  /** True: everyone reaches Redis through `Platform.redisLink`. */
  readonly redisThroughLink?: boolean;
  /** YAML of a route file for every edge. */
  readonly routes?: string;
  /** More owners, beside those of development. */
  readonly owners?: Owners;
  /** More variables, by app. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An app that serves gRPC at `host:port`. */
export interface RunningGrpcApp extends RunningApp {
  readonly grpcAddress: string;
}

/** A ws-node; `url` is its Socket.IO listener. */
export interface RunningWsNode extends RunningGrpcApp {
  readonly url: string;
}

/** mock-services: `host:port` of each service. */
export interface RunningMocks extends RunningApp {
  readonly addresses: Readonly<Record<'auth' | 'project' | 'simulation' | 'echo', string>>;
}

/** A whole platform of the built programs on free ports, with certificates and a Redis of its own. */
export interface Platform {
  /** Its own folder, removed by `stop`. */
  readonly folder: string;
  readonly caFile: string;
  readonly authority: Authority;
  readonly redis: TestRedis;
  /** What lies between Redis and everyone; null unless asked for. */
  readonly redisLink: FaultyLink | null;
  /** The first registry-daemon. */
  readonly registry: RunningGrpcApp;
  readonly registries: readonly RunningGrpcApp[];
  readonly authProxy: RunningGrpcApp;
  readonly edges: readonly RunningEdge[];
  readonly wsNodes: readonly RunningWsNode[];
  /** The first mock-services. */
  readonly mocks: RunningMocks;
  readonly mockProcesses: readonly RunningMocks[];
  /** The folder of an identity, such as `ws-node`. */
  identity(name: string): string;
  /** Stops everything, the edges first. @throws Error when a process ended by itself before, or doesn't end cleanly */
  stop(): Promise<void>;
}

/**
 * Starts a platform and waits until all of it is ready.
 * @throws Error with the end of the log of what doesn't start; nothing is left running
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const builder = await PlatformBuilder.prepare(options);
  try {
    return await builder.start();
  } catch (error) {
    await builder.abandon();
    throw error;
  }
}

const SEEN_MS = 30_000;

class PlatformBuilder {
  /** By tier. */
  readonly #started = new Map<number, RunningApp[]>();
  readonly #ports: Record<string, Ports> = {};
  readonly #registered: Registered[] = [];

  private constructor(
    private readonly folder: string,
    private readonly options: PlatformOptions,
    private readonly authority: Authority,
    private readonly redis: TestRedis,
    private readonly redisLink: FaultyLink | null,
  ) {}

  static async prepare(options: PlatformOptions): Promise<PlatformBuilder> {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-platform-'));
    const authority = await createAuthority(folder);
    for (const name of IDENTITIES) await authority.issue(name, { folder: identityDir(folder, name) });
    await authority.issue('localhost', { spiffe: false, folder: join(folder, 'tls') });
    mkdirSync(join(folder, 'log'));
    if (options.routes !== undefined) writeFileSync(join(folder, 'routes.yaml'), options.routes);
    const redis = await startRedis({ authority, restricted: true });
    const link = options.redisThroughLink ? await startFaultyLink(redis.port) : null;
    return new PlatformBuilder(folder, options, authority, redis, link);
  }

  async start(): Promise<Platform> {
    const { edges = 1, wsNodes = 2, mocks = 1 } = this.options;
    const { folder, authority, redis, redisLink } = this;
    for (const name of this.#registryNames) await this.#reserve(processSpec('registry-daemon'), name);
    await this.#reserve(processSpec('auth-proxy'), 'auth-proxy');
    // All at once: they find each other by themselves, as after a power cut.
    const [registries, authProxy, mockProcesses, ...rest] = await settled([
      settled(this.#registryNames.map((name) => this.#registry(name))),
      this.#grpcApp('auth-proxy', 'AUTHPROXY_GRPC_PORT'),
      this.#allMocks(mocks),
      ...times(wsNodes, (nth) => this.#wsNode(nth)),
    ]);
    // A ready service is registered, and a ready edge has the routes of what was registered before it started.
    const started = await Promise.all(times(edges, (nth) => this.#edge(nth)));
    await this.#seenByAll();
    return {
      ...{ folder, caFile: authority.caFile, authority, redis, redisLink, registries, authProxy, mockProcesses },
      registry: registries[0]!,
      mocks: mockProcesses[0]!,
      wsNodes: rest as RunningWsNode[],
      edges: started,
      identity: (name) => identityDir(folder, name),
      stop: () => this.#stop(),
    };
  }

  /** Ends what was started, whatever state it is in. */
  async abandon(): Promise<void> {
    for (const app of [...this.#started.values()].flat()) await app.kill();
    await this.#remove();
  }

  async #stop(): Promise<void> {
    const failures: unknown[] = [];
    // From the edges down: nobody loses what it still calls.
    for (const tier of [...this.#started.keys()].sort((a, b) => b - a)) {
      const stopped = this.#started.get(tier)!.map((app) => app.stop().catch((error: unknown) => failures.push(error)));
      await Promise.all(stopped);
    }
    await this.#remove();
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  }

  async #remove(): Promise<void> {
    await this.redisLink?.close();
    await this.redis.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #registryNames(): string[] {
    const { registries = 1 } = this.options;
    return times(registries, (nth) => (nth === 1 ? 'registry-daemon' : `registry-daemon-${nth}`));
  }

  /** Each has a journal of its own. */
  #registry(name: string): Promise<RunningGrpcApp> {
    const spec = { ...processSpec('registry-daemon'), folders: { REGISTRY_DATA_DIR: name } };
    return this.#grpcApp(name, 'REGISTRY_GRPC_PORT', spec);
  }

  async #grpcApp(name: string, variable: string, spec: ProcessSpec = processSpec(name)): Promise<RunningGrpcApp> {
    const app = await this.#launch(spec, name);
    return Object.assign(app, { grpcAddress: `localhost:${this.#ports[name]![variable]}` });
  }

  async #wsNode(nth: number): Promise<RunningWsNode> {
    const name = `ws-node-${nth}`;
    const app = await this.#launch(processSpec('ws-node-1'), name);
    const { WSNODE_PORT, WSNODE_GRPC_PORT } = this.#ports[name]!;
    return Object.assign(app, {
      url: `https://localhost:${WSNODE_PORT}`,
      grpcAddress: `localhost:${WSNODE_GRPC_PORT}`,
    });
  }

  async #edge(nth: number): Promise<RunningEdge> {
    const name = `edge-router-${nth}`;
    const spec = processSpec('edge-router');
    const routes: Record<string, string> =
      this.options.routes === undefined ? {} : { EDGE_ROUTES_FILE: join(this.folder, 'routes.yaml') };
    // Each edge has a snapshot of its own.
    const app = await this.#launch({ ...spec, folders: { EDGE_STATE_DIR: name } }, name, routes);
    const { EDGE_HTTPS_PORT, EDGE_HTTP_PORT } = this.#ports[name]!;
    const addresses = { url: `https://localhost:${EDGE_HTTPS_PORT}`, httpUrl: `http://localhost:${EDGE_HTTP_PORT}` };
    return Object.assign(app, addresses);
  }

  /** One after the other: they share the signing key, which the first one makes. */
  async #allMocks(count: number): Promise<RunningMocks[]> {
    const started: RunningMocks[] = [];
    for (let nth = 1; nth <= count; nth++) started.push(await this.#mocks(nth));
    return started;
  }

  async #mocks(nth: number): Promise<RunningMocks> {
    const name = `mock-services-${nth}`;
    const app = await this.#launch(processSpec('mock-services'), name);
    const ports = this.#ports[name]!;
    const address = (service: string): string => `localhost:${ports[`MOCK_${service}_PORT`]}`;
    const [auth, project] = [address('AUTH'), address('PROJECT')];
    const [simulation, echo] = [address('SIMULATION'), address('ECHO')];
    return Object.assign(app, { addresses: { auth, project, simulation, echo } });
  }

  async #launch(spec: ProcessSpec, name: string, more: Record<string, string> = {}): Promise<RunningApp> {
    const { folder, options } = this;
    await this.#reserve(spec, name);
    const surroundings: Surroundings = { folder, redis: this.#redisAccess(), ports: this.#ports };
    const env = {
      ...environmentOf(spec, surroundings, name),
      ...(spec.links.includes('registry') && { GATEWAY_REGISTRY: this.#registryAddresses() }),
      ...(spec.app === 'registry-daemon' && { REGISTRY_OWNERS: JSON.stringify(this.#owners()) }),
      ...more,
      ...options.env?.[spec.app!],
    };
    const adminPort = this.#ports[name]![adminVariable(spec)!]!;
    const logFile = join(folder, 'log', `${name}.log`);
    const app = createApp({ name, app: spec.app!, env, adminPort, logFile });
    this.#started.set(spec.tier, [...(this.#started.get(spec.tier) ?? []), app]);
    for (const service of spec.registers ?? []) this.#registered.push({ service, instance: name });
    await app.restart();
    return app;
  }

  #redisAccess(): Surroundings['redis'] {
    const { url, caFile, port } = this.redis;
    return { url: this.redisLink === null ? url : url.replace(`:${port}`, `:${this.redisLink.port}`), caFile };
  }

  #registryAddresses(): string {
    return this.#registryNames.map((name) => `localhost:${this.#ports[name]!['REGISTRY_GRPC_PORT']}`).join(',');
  }

  /** Waits until every edge can call everything. */
  async #seenByAll(): Promise<void> {
    const admin = Object.entries(this.#ports).flatMap(([, ports]) => ports['EDGE_ADMIN_PORT'] ?? []);
    const unseen = (): Promise<Registered[][]> => Promise.all(admin.map((port) => unseenBy(port, this.#registered)));
    await eventually(async () => expectNone((await unseen()).flat()), { within: SEEN_MS, every: 50 });
  }

  #owners(): Owners {
    return { ...DEVELOPMENT_OWNERS, ...this.options.owners };
  }

  /** Chooses free ports for a process, once: others are told them before it starts. */
  async #reserve(spec: ProcessSpec, name: string): Promise<void> {
    if (this.#ports[name]) return;
    const ports: Record<string, number> = {};
    for (const variable of Object.keys(spec.listens)) ports[variable] = await freePort();
    this.#ports[name] = ports;
  }
}

function expectNone(unseen: readonly Registered[]): void {
  if (unseen.length > 0) throw new Error(`an edge doesn't see ${unseen.map(({ service }) => service).join(', ')}`);
}

/** Like Promise.all, but waits for all of them: none is still starting when the first failure is thrown. */
async function settled<T extends readonly unknown[]>(all: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(all);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

const times = <T>(count: number, make: (nth: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at + 1));
