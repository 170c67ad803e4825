import type { HealthReporter } from '@gateway/platform';
import type { Edge } from '../edge';
import type { GrpcStreamCaller } from '../pipeline/forward-stream';
import type { CompiledContracts } from '../snapshot/compiled-contracts';
import type { ContractSources } from '../snapshot/contract-sources';
import { reflect } from '../snapshot/reflection/reflect';
import { ReflectedContracts } from '../snapshot/reflection/reflected-contracts';
import type { Services } from './services';

/** What asking services about themselves is bound to. */
export interface ReflectionPorts {
  readonly grpc: GrpcStreamCaller;
  readonly sourcesOf: (contracts: CompiledContracts) => ContractSources;
  readonly onChange: () => void;
}

/** Asks the services that the route file trusts to say what they have, once the edge starts. */
export function openReflection(edge: Edge, services: Services, ports: ReflectionPorts): ReflectedContracts {
  const { clock, health, lifecycle, logger } = edge;
  // There is nothing to say of it before somebody is to be asked.
  let check: HealthReporter | null = null;
  const reflected = new ReflectedContracts({
    ...ports,
    clock,
    endpoints: (service) => services.upstreams.endpoints(service),
    reflect: (endpoint) => reflect(endpoint, ports.grpc),
    onProblems: (problems) => {
      for (const problem of problems) logger.warn({ problem }, 'a service cannot be asked what it has');
      const report = (check ??= health.add('reflection', { required: false }));
      if (problems.length === 0) report.ok();
      else report.degraded(problems.join('; '));
    },
  });
  lifecycle.onStart(() => reflected.start(), 'reflection');
  lifecycle.onStop(() => reflected.close(), 'reflection');
  return reflected;
}
