import {
  type DnsResolver,
  dnsResolver,
  DnsSource,
  type InstanceSource,
  type KubernetesApi,
  kubernetesApi,
  SliceSource,
} from '@gateway/discovery-sources';
import type { HealthReporter } from '@gateway/platform';
import type { Edge } from '../../edge';
import type { EndpointSource } from '../endpoint-sources';
import { FoundEndpoints } from './found-endpoints';
import type { FoundService } from './found-service';

/** How long the start waits for the first answers, in milliseconds. */
const FIRST_MS = 3_000;
/** How often it looks meanwhile, in milliseconds. */
const LOOK_MS = 20;

/**
 * The services that a route file finds by DNS, in Kubernetes, or in the registry as well. They end with the edge.
 * @param registered the registry's endpoints; null without a registry
 */
export function openSources(edge: Edge, registered: EndpointSource | null): FoundEndpoints {
  const { clock, config, lifecycle } = edge;
  const resolver = dnsResolver(config.dnsServers);
  const api = kubernetesApi(config.kubeconfig);
  const found = new FoundEndpoints((name, service) => sourcesOf(name, service, { clock, resolver, api }), registered);
  showHealth(edge, found);
  lifecycle.onStart(() => firstSight(found, clock), 'found services');
  lifecycle.onStop(() => found.close(), 'found services');
  return found;
}

interface Finding {
  readonly clock: Edge['clock'];
  readonly resolver: DnsResolver;
  readonly api: () => Promise<KubernetesApi>;
}

/** Those that know most about an instance come first. */
function sourcesOf(name: string, definition: FoundService, { clock, resolver, api }: Finding): InstanceSource[] {
  const { protocol, kubernetes, dns } = definition;
  const common = { service: name, protocol, clock, random: Math.random };
  const sources: InstanceSource[] = [];
  if (kubernetes !== null) {
    const { namespace, service, port } = kubernetes;
    sources.push(new SliceSource({ ...common, namespace, name: service, port, api }));
  }
  if (dns !== null) sources.push(new DnsSource({ ...common, ...dns, resolver }));
  return sources;
}

/** An edge whose route file finds nothing shows no check. */
function showHealth({ health }: Edge, found: FoundEndpoints): void {
  let check: HealthReporter | null = null;
  found.onChange(() => {
    if (check === null && found.services().length === 0) return;
    check ??= health.add('found services', { required: false });
    const { problems } = found;
    if (problems.length === 0) check.ok();
    else check.degraded(problems.join('; '));
  });
}

/** An edge that is ready knows where to send its calls, if anyone told in time. */
async function firstSight(found: FoundEndpoints, clock: Edge['clock']): Promise<void> {
  const end = clock.monotonic() + FIRST_MS;
  while (!found.isAnswered && clock.monotonic() < end) await clock.sleep(LOOK_MS);
}
