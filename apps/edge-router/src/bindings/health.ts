import { placeOf } from '@gateway/platform';
import type { Edge } from '../edge';
import { askInstance } from '../health-tree/ask-instance';
import { collectFacts } from '../health-tree/collect';
import { EmptyServices } from '../health-tree/empty-services';
import type { Finding, ServiceFacts } from '../health-tree/facts';
import { growTree } from '../health-tree/grow';
import { History } from '../health-tree/history';
import { fixedInstance, type KnownInstance, registeredInstance } from '../health-tree/known-instances';
import { localFindings } from '../health-tree/local-view';
import { PlatformHealth } from '../health-tree/platform-health';
import { isForwarded, type Route } from '../pipeline/route';
import type { BreakerReport } from '../resilience/breaker-table';
import type { Services } from './services';

/** What only the edge's other parts know. */
export interface HealthPorts {
  /** The routes in force. */
  readonly routes: () => readonly Route[];
  /** The breakers that aren't closed. */
  readonly openBreakers: () => readonly BreakerReport[];
}

/** Binds the health of the platform to what this edge knows of it. */
export function bindHealth(edge: Edge, services: Services, { routes, openBreakers }: HealthPorts): PlatformHealth {
  const { clock, identity } = edge;
  const { directory, upstreams } = services;
  const empty = directory === null ? null : new EmptyServices(directory, clock);
  const needed = (): Set<string> =>
    new Set(routes().flatMap(({ target }) => (isForwarded(target) ? [target.service] : [])));
  const sources = {
    clock,
    self: () => selfFacts(edge),
    needed,
    services: () => [...new Set([...upstreams.services(), ...linked(edge), ...needed()])].sort(),
    instances: (service: string) => instancesOf(service, services),
    emptySince: (service: string) => empty?.since(service) ?? null,
    against: (service: string) => findingsOn(service, services, openBreakers()),
    ask: askInstance(identity, clock),
  };
  const history = new History();
  return new PlatformHealth(clock, async () => growTree(await collectFacts(sources), history, clock.now()));
}

/** The services that the configuration names: they belong to the tree also while nobody has seen them. */
function linked({ config }: Edge): string[] {
  return [
    ...(config.registry === undefined ? [] : ['registry-daemon']),
    ...(config.auth === undefined ? [] : ['auth-proxy']),
  ];
}

/**
 * The route file's word counts first, as it does for calls. Then the registry, which tells more of an instance than an
 * endpoint does, and also of those that aren't to be called.
 */
function instancesOf(service: string, { directory, upstreams, ofFile, found }: Services): KnownInstance[] {
  const named = found.endpoints(service) ?? ofFile.endpoints(service);
  if (named !== undefined) return named.map(fixedInstance);
  const registered = directory?.instances(service) ?? [];
  if (registered.length > 0) return registered.map(registeredInstance);
  return upstreams.endpoints(service).map(fixedInstance);
}

/** What this edge has against instances of a service. */
function findingsOn(service: string, { upstreams }: Services, open: readonly BreakerReport[]) {
  const ledger = upstreams.ledgerOf(service);
  const tracked = new Map(ledger.endpoints.map((each) => [each.id, each]));
  const ofService = open.filter((each) => each.service === service);
  return ({ id, address }: KnownInstance): Finding[] => {
    const known = tracked.get(id);
    const breakers = ofService.filter(({ endpoint }) => endpoint === address);
    return localFindings({ endpoint: known === undefined ? null : ledger.view(known), breakers });
  };
}

/** This edge: needed, since nothing is reached without it. */
function selfFacts({ name, instanceId, config, health, lifecycle }: Edge): ServiceFacts {
  const { zone = '', version = '' } = placeOf(config);
  const life = lifecycle.phase === 'running' ? 'ready' : lifecycle.draining ? 'draining' : 'starting';
  const dependencies = health.checks().map((check) => ({ ...check, since: Date.parse(check.since) }));
  const instance = { id: instanceId, address: '', life, zone, version, findings: [], dependencies } as const;
  return { name, needed: true, instances: [instance], emptySince: null };
}
