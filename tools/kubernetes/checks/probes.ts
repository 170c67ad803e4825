import { type Container, type KubernetesObject, nameOf, type Workload, workloadsOf } from '../manifest';

/** Every container says when it is alive and when ready, at a port that it has. */
export const probeProblems = (objects: readonly KubernetesObject[]): readonly string[] =>
  workloadsOf(objects).flatMap((workload) =>
    workload.spec.template.spec.containers.flatMap((container) => ofContainer(workload, container)),
  );

function ofContainer(workload: Workload, container: Container): string[] {
  const { name, livenessProbe, readinessProbe, startupProbe, ports = [] } = container;
  const where = `${nameOf(workload)}, container ${name}`;
  const probes = Object.entries({ livenessProbe, readinessProbe, startupProbe });
  return probes.flatMap(([kind, probe]) => {
    if (probe === undefined) return kind === 'startupProbe' ? [] : [`${where}: has no ${kind}`];
    const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
    if (port === undefined || ports.some((each) => each.name === port)) return [];
    return [`${where}: ${kind} asks port ${port}, which it doesn't have by that name`];
  });
}
