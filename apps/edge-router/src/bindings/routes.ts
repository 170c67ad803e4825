import { readFileSync } from 'node:fs';
import { ConfigError } from '@gateway/config';
import type { Edge } from '../edge';
import type { GrpcStreamCaller } from '../pipeline/forward-stream';
import type { Route } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import { openLedger } from './ledger';
import { ContractSources } from '../snapshot/contract-sources';
import { SnapshotHolder } from '../snapshot/holder';
import { type PlatformOffer, platformRoutes } from '../snapshot/platform-routes';
import { ProtosError } from '../snapshot/protos/protos-error';
import { WatchedProtos } from '../snapshot/protos/watched-protos';
import { problemLine } from '../snapshot/problem';
import { SnapshotMetrics } from '../snapshot/snapshot-metrics';
import { SourceLedger } from '../snapshot/source-ledger';
import { fetchText } from '../snapshot/route-file/fetch-text';
import { RouteFileError } from '../snapshot/route-file/parse';
import { RemoteSchemas } from '../snapshot/route-file/remote-schemas';
import { SchemaLibrary } from '../snapshot/route-file/schema-library';
import { RouteManager } from '../snapshot/route-manager';
import type { AuthAbilities } from '../snapshot/source';
import { WatchedFile } from '../snapshot/watched-file';
import type { ApiVersions } from '../versions/api-versions';
import { openReflection } from './reflection';
import type { Services } from './services';

/** The routes in force, and where their sources stand. */
export interface Routes {
  readonly snapshots: SnapshotHolder;
  readonly ledger: SourceLedger;
}

/** What routes are bound to. */
export interface RoutePorts {
  /** Makes the pipeline of a route. */
  readonly assemble: (route: Route) => RouteHandler;
  /** Asks services what they have. */
  readonly grpc: GrpcStreamCaller;
}

/**
 * Puts the first snapshot in force and keeps it what its sources say.
 * @param own what the edge answers itself
 * @param api how versions are named
 * @throws ConfigError when EDGE_PROTOS, or a schema that the route file names, can't be used
 */
export async function bindRoutes(
  edge: Edge,
  services: Services,
  auth: AuthAbilities,
  own: Pick<PlatformOffer, 'pages' | 'methods'>,
  api: ApiVersions,
  { assemble, grpc }: RoutePorts,
): Promise<Routes> {
  const { config, clock } = edge;
  const holder = new SnapshotHolder(assemble, () => clock.now(), api);
  const metrics = new SnapshotMetrics(
    edge.metrics,
    () => holder.current,
    () => clock.now(),
  );
  const ledger = openLedger(edge, metrics);
  const { directory } = services;
  const remote = new RemoteSchemas((url) => fetchText(url, { clock }));
  const library = new SchemaLibrary(config.routesFile ?? '', remote);
  const reflected = openReflection(edge, services, {
    grpc,
    sourcesOf: (contracts) => new ContractSources(contracts, auth, api.paths, ledger, 'reflection'),
    onChange: () => manager.rebuild(),
  });
  const manager: RouteManager = new RouteManager({
    auth,
    library,
    platform: platformRoutes({ ...own, sockets: directory !== null }),
    paths: api.paths,
    contracts: new ContractSources(services.contracts, auth, api.paths, ledger),
    reflected: reflected.sources,
    observer: ledger,
    swap: (snapshot) => {
      const began = clock.monotonic();
      holder.swap(snapshot);
      metrics.swapped(clock.monotonic() - began);
    },
    onServices: ({ services: named, found, reflected: asked }) => {
      services.ofFile.replace(named);
      services.found.replace(found);
      reflected.replace(asked);
    },
  });
  manager.rebuild();
  await followFile(edge, manager, { remote, library });
  if (config.protos !== undefined) await followProtos(edge, config.protos, manager);
  if (directory !== null) {
    manager.takeContracts(directory.contracts());
    directory.onChange(({ contracts }) => {
      if (contracts) manager.takeContracts(directory.contracts());
    });
  }
  return { snapshots: holder, ledger };
}

/** The schemas of the route file that stand elsewhere. */
interface Schemas {
  readonly remote: RemoteSchemas;
  readonly library: SchemaLibrary;
}

/** Wrong at the start: the edge doesn't start. Wrong at a reload: the old file stays, and health says why. */
async function followFile(edge: Edge, manager: RouteManager, { remote, library }: Schemas): Promise<void> {
  const { config, clock, health, lifecycle, logger } = edge;
  const { routesFile } = config;
  if (routesFile === undefined) return;
  const check = health.add('routes', { required: false });
  const take = async (text: string): Promise<void> => {
    for (const failure of await remote.refresh(text)) logger.warn({ failure }, 'a schema cannot be fetched');
    manager.takeFile(text);
    check.ok();
  };
  await atStart(() => take(readFileSync(routesFile, 'utf8')));
  const takeAgain = async (text: string | Error): Promise<void> => {
    try {
      if (text instanceof Error) throw text;
      await take(text);
      logger.info({ file: routesFile }, 'the route file was read again');
    } catch (error) {
      check.degraded(`the route file cannot be used, the last one stays: ${(error as Error).message}`);
      logger.error({ err: error }, 'the route file cannot be used: the last one stays');
    }
    file.watchToo(library.takeFiles());
  };
  // One after the other: what was read last must be what stays.
  let turn = Promise.resolve();
  const file = new WatchedFile(routesFile, clock, (text) => (turn = turn.then(() => takeAgain(text))));
  file.watchToo(library.takeFiles());
  const reload = (): void => file.reload();
  process.on('SIGHUP', reload);
  lifecycle.onStop(async () => {
    process.off('SIGHUP', reload);
    file.close();
    await turn;
  }, 'route file');
}

/**
 * Like the route file: wrong at the start, the edge doesn't start; wrong later, the last sources that compiled stay.
 * @throws ConfigError
 */
async function followProtos({ clock, health, lifecycle, logger }: Edge, path: string, manager: RouteManager) {
  const check = health.add('protos', { required: false });
  const protos = new WatchedProtos(path);
  try {
    manager.takeProtos(await protos.first());
  } catch (error) {
    if (!(error instanceof ProtosError)) throw error;
    throw new ConfigError(error.message.split('\n').map((line) => `EDGE_PROTOS: ${line}`));
  }
  check.ok();
  protos.follow(clock, (compiled) => {
    try {
      manager.takeProtos(compiled);
      check.ok();
      logger.info({ protos: path }, 'the proto sources were compiled again');
    } catch (error) {
      check.degraded(`the proto sources cannot be used, the last ones stay: ${(error as Error).message}`);
      logger.error({ err: error }, 'the proto sources cannot be used: the last ones stay');
    }
  });
  lifecycle.onStop(() => protos.close(), 'proto sources');
}

/** The configuration's check has seen to all but what had to be fetched. */
async function atStart(take: () => Promise<void>): Promise<void> {
  try {
    await take();
  } catch (error) {
    if (!(error instanceof RouteFileError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `EDGE_ROUTES_FILE: ${problemLine(problem)}`));
  }
}
