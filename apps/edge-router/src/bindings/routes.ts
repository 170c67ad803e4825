import { readFileSync } from 'node:fs';
import { ConfigError } from '@gateway/config';
import type { Edge } from '../edge';
import type { Route } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import { ContractSources } from '../snapshot/contract-sources';
import { SnapshotHolder } from '../snapshot/holder';
import { type Page, platformRoutes } from '../snapshot/platform-routes';
import { ProtosError } from '../snapshot/protos/compile-protos';
import { protosSource } from '../snapshot/protos/protos-source';
import { RouteManager } from '../snapshot/route-manager';
import { type AuthAbilities, emptySource } from '../snapshot/source';
import { WatchedFile } from '../snapshot/watched-file';
import type { Services } from './services';

/**
 * Puts the first snapshot in force and keeps it what its sources say.
 * @param pages what the edge answers itself
 * @param assemble makes the pipeline of a route
 * @throws ConfigError when EDGE_PROTOS can't be used
 */
export async function bindRoutes(
  edge: Edge,
  services: Services,
  auth: AuthAbilities,
  pages: readonly Page[],
  assemble: (route: Route) => RouteHandler,
): Promise<SnapshotHolder> {
  const { config, clock } = edge;
  const holder = new SnapshotHolder(assemble, () => clock.now());
  const { directory } = services;
  const manager = new RouteManager({
    auth,
    platform: platformRoutes({ pages, sockets: directory !== null }),
    protos: await compileProtos(config.protos, auth),
    contracts: new ContractSources(services.contracts, auth),
    swap: (snapshot) => holder.swap(snapshot),
    onServices: ({ services: named, found }) => {
      services.ofFile.replace(named);
      services.found.replace(found);
    },
  });
  manager.rebuild();
  followFile(edge, manager);
  if (directory !== null) {
    manager.takeContracts(directory.contracts());
    directory.onChange(({ contracts }) => {
      if (contracts) manager.takeContracts(directory.contracts());
    });
  }
  return holder;
}

async function compileProtos(path: string | undefined, auth: AuthAbilities) {
  if (path === undefined) return emptySource('protos');
  try {
    return await protosSource(path, auth);
  } catch (error) {
    if (!(error instanceof ProtosError)) throw error;
    throw new ConfigError(error.message.split('\n').map((line) => `EDGE_PROTOS: ${line}`));
  }
}

/** Wrong at the start: the edge doesn't start. Wrong at a reload: the old file stays, and health says why. */
function followFile({ config, clock, health, lifecycle, logger }: Edge, manager: RouteManager): void {
  const { routesFile } = config;
  if (routesFile === undefined) return;
  const check = health.add('routes', { required: false });
  // The configuration's check has seen to it that it can be used.
  manager.takeFile(readFileSync(routesFile, 'utf8'));
  check.ok();
  const file = new WatchedFile(routesFile, clock, (text) => {
    try {
      if (text instanceof Error) throw text;
      manager.takeFile(text);
      check.ok();
      logger.info({ file: routesFile }, 'the route file was read again');
    } catch (error) {
      check.degraded(`the route file cannot be used, the last one stays: ${(error as Error).message}`);
      logger.error({ err: error }, 'the route file cannot be used: the last one stays');
    }
  });
  const reload = (): void => file.reload();
  process.on('SIGHUP', reload);
  lifecycle.onStop(() => {
    process.off('SIGHUP', reload);
    file.close();
  }, 'route file');
}
