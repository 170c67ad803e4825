import { containersOf, type KubernetesObject, nameOf, type Workload, workloadsOf } from '../manifest';
import { targetsOf } from './selectors';

/** Names of the ports of a workload's containers. */
export const portNames = (workload: Workload): ReadonlySet<string> =>
  new Set(containersOf(workload).flatMap(({ ports = [] }) => ports.flatMap(({ name }) => name ?? [])));

/** Ports are named, and found by their names: a number that changes in one place would lead nowhere in the other. */
export function portProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const workloads = workloadsOf(objects);
  const nameless = workloads.flatMap((workload) =>
    containersOf(workload)
      .flatMap(({ ports = [] }) => ports)
      .filter(({ name }) => name === undefined)
      .map(({ containerPort }) => `${nameOf(workload)}: port ${containerPort} has no name`),
  );
  const services = objects.filter(({ kind }) => kind === 'Service');
  const leading = services.flatMap((service) =>
    (service.spec?.ports ?? []).flatMap(({ port, targetPort }) => {
      if (typeof targetPort !== 'string') return [`${nameOf(service)}: port ${port} names no port of its pods`];
      return targetsOf(service, workloads)
        .filter((workload) => !portNames(workload).has(targetPort))
        .map((workload) => `${nameOf(service)}: ${nameOf(workload)} has no port ${targetPort}`);
    }),
  );
  return [...nameless, ...leading];
}
