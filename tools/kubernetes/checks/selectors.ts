import { type KubernetesObject, type Labels, nameOf, type Workload, workloadsOf } from '../manifest';

/** Whether labels are among those of a workload's pods. */
const selects = (selector: Labels, { spec }: Workload): boolean => {
  const labels = spec.template.metadata?.labels ?? {};
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
};

/** The workloads whose pods a Service leads to. */
export const targetsOf = (service: KubernetesObject, workloads: readonly Workload[]): readonly Workload[] =>
  workloads.filter((workload) => selects((service.spec?.selector ?? {}) as Labels, workload));

/** Selectors that select nothing, or more than one workload's pods. */
export function selectorProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const workloads = workloadsOf(objects);
  const own = workloads.flatMap((workload) => {
    const selector = workload.spec.selector?.matchLabels ?? {};
    const selected = workloads.filter((each) => selects(selector, each));
    if (!selected.includes(workload)) return [`${nameOf(workload)}: its selector doesn't match its own pods`];
    return selected.length > 1 ? [`${nameOf(workload)}: its selector matches the pods of others, too`] : [];
  });
  const services = objects.filter(({ kind }) => kind === 'Service');
  const led = services.flatMap((service) => {
    if (Object.keys(service.spec?.selector ?? {}).length === 0) return [`${nameOf(service)}: selects nothing`];
    const targets = targetsOf(service, workloads);
    if (targets.length === 0) return [`${nameOf(service)}: its selector matches no pods`];
    return targets.length > 1 ? [`${nameOf(service)}: its selector matches ${targets.map(nameOf).join(' and ')}`] : [];
  });
  return [...own, ...led];
}
