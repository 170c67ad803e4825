import { RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { spiffeIdFor } from '@gateway/mtls';
import { fixedServices } from '../config';
import type { Edge } from '../edge';
import type { Route } from '../pipeline/route';
import { CompiledContracts } from '../snapshot/compiled-contracts';
import type { Endpoint } from '../upstreams/endpoint';
import { type EndpointHolder, EndpointReaper } from '../upstreams/endpoint-reaper';
import { type EndpointSource, FixedEndpoints } from '../upstreams/endpoint-sources';
import { OpenTunnels } from '../upstreams/open-tunnels';
import { OutcomeReporter } from '../upstreams/outcome-reporter';
import { RegisteredEndpoints } from '../upstreams/registered-endpoints';
import type { FoundEndpoints } from '../upstreams/sources/found-endpoints';
import { openSources } from '../upstreams/sources/open-sources';
import type { Upstreams } from '../upstreams/upstreams';
import { openUpstreams } from './upstreams';

/** Which services there are, and how they are found. */
export interface Services {
  /** Null without a registry. */
  readonly directory: ServiceDirectory | null;
  readonly contracts: CompiledContracts;
  /** The services that the route file names. */
  readonly ofFile: FixedEndpoints;
  /** Those of them whose instances are found while the edge runs. */
  readonly found: FoundEndpoints;
  readonly tunnels: OpenTunnels;
  readonly upstreams: Upstreams;
}

/** What the services are bound to. */
export interface ServicePorts {
  /** Who is told when an endpoint goes, or begins a new life. */
  readonly holders: readonly EndpointHolder[];
  /** Whether a route's calls to an endpoint would be refused right here. */
  readonly isBlocked?: (route: Route, endpoint: Endpoint) => boolean;
}

/** Binds the sources of endpoints: the route file's word counts first, then fixed addresses, then the registry's. */
export function bindServices(edge: Edge, { holders, isBlocked }: ServicePorts): Services {
  const registry = openRegistry(edge);
  const directory = registry?.directory ?? null;
  const contracts = new CompiledContracts(directory ?? { descriptorSet: () => undefined });
  const ofFile = new FixedEndpoints();
  const tunnels = new OpenTunnels();
  const other: EndpointSource =
    directory === null ? new FixedEndpoints(fixedEndpoints(edge)) : new RegisteredEndpoints(directory);
  const found = openSources(edge, other);
  const upstreams = openUpstreams(edge, { sources: [found, ofFile, other], contracts, tunnels, isBlocked });
  const reaper = new EndpointReaper(holders);
  const reap = (services: Iterable<string>): void => {
    for (const service of services) reaper.update(service, upstreams.endpoints(service));
  };
  ofFile.onReplace(reap);
  found.onChange(reap);
  directory?.onChange(({ services }) => {
    contracts.touch();
    reap(services);
  });
  if (registry !== null) reportOutcomes(edge, registry.client, upstreams);
  return { directory, contracts, ofFile, found, tunnels, upstreams };
}

/** Tells the registry how its instances answer. */
function reportOutcomes({ clock, instanceId, lifecycle, logger }: Edge, client: RegistryClient, upstreams: Upstreams) {
  const reporter = new OutcomeReporter({
    clock,
    random: Math.random,
    reporter: instanceId,
    ledgers: () => upstreams.all(),
    send: (report) => client.reportOutcomes(report),
    onProblem: (err) => logger.debug({ err }, 'outcomes could not be reported'),
  });
  lifecycle.onStart(() => reporter.start(), 'outcome reports');
  lifecycle.onStop(() => reporter.close(), 'outcome reports');
}

/** The registry, and what is known from it. */
interface Registry {
  readonly client: RegistryClient;
  readonly directory: ServiceDirectory;
}

function openRegistry({ config, clock, identity, lifecycle, health, info, logger }: Edge): Registry | null {
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
  return { client, directory };
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
