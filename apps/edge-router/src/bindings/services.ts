import { RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { spiffeIdFor } from '@gateway/mtls';
import { fixedServices } from '../config';
import type { Edge } from '../edge';
import { CompiledContracts } from '../snapshot/compiled-contracts';
import type { Endpoint } from '../upstreams/endpoint';
import { EndpointReaper, type ConnectionHolder } from '../upstreams/endpoint-reaper';
import { type EndpointSource, FixedEndpoints } from '../upstreams/endpoint-sources';
import { OpenTunnels } from '../upstreams/open-tunnels';
import { RegisteredEndpoints } from '../upstreams/registered-endpoints';
import { Upstreams } from '../upstreams/upstreams';

/** Which services there are, and how they are found. */
export interface Services {
  /** Null without a registry. */
  readonly directory: ServiceDirectory | null;
  readonly contracts: CompiledContracts;
  /** The services that the route file names. */
  readonly ofFile: FixedEndpoints;
  readonly tunnels: OpenTunnels;
  readonly upstreams: Upstreams;
}

/** Binds the sources of endpoints: the route file's word counts first, then fixed addresses, then the registry's. */
export function bindServices(edge: Edge, holder: ConnectionHolder): Services {
  const directory = openDirectory(edge);
  const contracts = new CompiledContracts(directory ?? { descriptorSet: () => undefined });
  const ofFile = new FixedEndpoints();
  const tunnels = new OpenTunnels();
  const other: EndpointSource =
    directory === null ? new FixedEndpoints(fixedEndpoints(edge)) : new RegisteredEndpoints(directory);
  const upstreams = new Upstreams({ sources: [ofFile, other], contracts, tunnels });
  const reaper = new EndpointReaper(holder);
  directory?.onChange(({ services }) => {
    contracts.touch();
    for (const service of services) reaper.update(service, upstreams.endpoints(service));
  });
  return { directory, contracts, ofFile, tunnels, upstreams };
}

function openDirectory({ config, clock, identity, lifecycle, health, info, logger }: Edge): ServiceDirectory | null {
  if (config.registry === undefined || identity === null) {
    info.standalone(
      'GATEWAY_REGISTRY is not set: routes and upstreams come from EDGE_ROUTES_FILE and EDGE_PROTOS only',
    );
    return null;
  }
  const check = health.add('registry', { required: false });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: config.registry, credentials, clock });
  const directory = new ServiceDirectory({
    client,
    clock,
    withContracts: true,
    stateDir: config.stateDir,
    onStatus: (status) => (status.state === 'live' ? check.ok() : check.degraded(`${status.state}: ${status.why}`)),
    onProblem: (why) => logger.warn({ why }, 'registry'),
  });
  lifecycle.onStart(() => firstSight(directory, clock), 'registry');
  lifecycle.onStop(() => {
    directory.close();
    client.close();
  }, 'registry');
  return directory;
}

/** How long the start waits for the registry, in milliseconds; after that the edge serves what was saved. */
const REGISTRY_MS = 3_000;
/** How long it then waits for the contracts that the registry named: their bytes are on the way. */
const CONTRACTS_MS = 10_000;

/** How often it looks meanwhile, in milliseconds. */
const LOOK_MS = 20;

/** Resolves when the registry's services and their contracts are here, so that a ready edge has its routes. */
async function firstSight(directory: ServiceDirectory, clock: Edge['clock']): Promise<void> {
  const isLive = (): boolean => directory.status.state === 'live';
  const isComplete = (): boolean =>
    directory.contracts().every(({ digest }) => directory.descriptorSet(digest) !== undefined);
  await until(isLive, REGISTRY_MS, clock);
  if (isLive()) await until(isComplete, CONTRACTS_MS, clock);
}

async function until(holds: () => boolean, withinMs: number, clock: Edge['clock']): Promise<void> {
  const end = clock.monotonic() + withinMs;
  while (!holds() && clock.monotonic() < end) await clock.sleep(LOOK_MS);
}

/** `<NAME>_SERVICE_GRPC`, for an edge without a registry. */
function fixedEndpoints({ config, identity, logger }: Edge): Map<string, readonly Endpoint[]> {
  const endpoints = new Map<string, readonly Endpoint[]>();
  for (const [service, address] of fixedServices(config)) {
    if (identity === null)
      logger.warn({ service }, 'a fixed service address needs GATEWAY_IDENTITY_DIR for mutual TLS');
    endpoints.set(service, [
      {
        id: address,
        address,
        protocol: 'grpc',
        secure: true,
        expect: spiffeIdFor(service),
        generation: '',
        contractDigest: '',
        reportedConnections: 0,
      },
    ]);
  }
  return endpoints;
}
