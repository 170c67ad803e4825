import type { Surroundings } from '../check';
import { type Container, containersOf, type KubernetesObject, nameOf, type Workload, workloadsOf } from '../manifest';

/** Names of what isn't there: ConfigMaps and their keys, secrets, service accounts, volumes, Services, roles. */
export function referenceProblems(objects: readonly KubernetesObject[], { secrets }: Surroundings): readonly string[] {
  const known = new Known(objects, secrets);
  return [
    ...workloadsOf(objects).flatMap((workload) => ofWorkload(workload, known)),
    ...objects.filter(({ kind }) => kind === 'RoleBinding').flatMap((binding) => ofBinding(binding, known)),
  ];
}

/** What may be named. */
class Known {
  constructor(
    private readonly objects: readonly KubernetesObject[],
    private readonly secrets: ReadonlySet<string>,
  ) {}

  find(kind: string, name: string): KubernetesObject | undefined {
    return this.objects.find((object) => object.kind === kind && object.metadata.name === name);
  }

  /** A line when there is no such object. */
  missing(by: KubernetesObject, kind: string, name: string | undefined): string[] {
    if (name === undefined) return [`${nameOf(by)}: names no ${kind}`];
    const found = kind === 'Secret' ? this.secrets.has(name) : this.find(kind, name) !== undefined;
    return found ? [] : [`${nameOf(by)}: there is no ${kind} ${name}`];
  }
}

function ofWorkload(workload: Workload, known: Known): string[] {
  const { template, serviceName, volumeClaimTemplates = [] } = workload.spec;
  const { serviceAccountName, volumes = [] } = template.spec;
  const mounted = new Set(
    [...volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name),
  );
  const used = new Set(containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  return [
    ...known.missing(workload, 'ServiceAccount', serviceAccountName),
    ...(serviceName === undefined ? [] : known.missing(workload, 'Service', serviceName)),
    ...volumes.flatMap(({ configMap, secret }) => [
      ...(configMap === undefined ? [] : known.missing(workload, 'ConfigMap', configMap.name)),
      ...(secret === undefined ? [] : known.missing(workload, 'Secret', secret.secretName)),
    ]),
    ...[...used].filter((name) => !mounted.has(name)).map((name) => `${nameOf(workload)}: there is no volume ${name}`),
    ...[...mounted].filter((name) => !used.has(name)).map((name) => `${nameOf(workload)}: nobody mounts ${name}`),
    ...containersOf(workload).flatMap((container) => ofContainer(workload, container, known)),
  ];
}

function ofContainer(workload: Workload, { env = [], envFrom = [] }: Container, known: Known): string[] {
  const names = env.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...twice.map((name) => `${nameOf(workload)}: ${name} is set twice`),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...(configMapRef === undefined ? [] : known.missing(workload, 'ConfigMap', configMapRef.name)),
      ...(secretRef === undefined ? [] : known.missing(workload, 'Secret', secretRef.name)),
    ]),
    ...env.flatMap(({ value, valueFrom }) => {
      if (valueFrom?.secretKeyRef) return known.missing(workload, 'Secret', valueFrom.secretKeyRef.name);
      if (valueFrom?.configMapKeyRef) return missingKey(workload, valueFrom.configMapKeyRef, known);
      return unsetVariables(workload, value ?? '', names);
    }),
  ];
}

function missingKey(workload: Workload, { name, key }: { name: string; key: string }, known: Known): string[] {
  const map = known.find('ConfigMap', name);
  if (map === undefined) return known.missing(workload, 'ConfigMap', name);
  return key in (map.data ?? {}) ? [] : [`${nameOf(workload)}: ConfigMap ${name} has no ${key}`];
}

/** `$(NAME)` is text as it stands unless NAME is set before. */
const unsetVariables = (workload: Workload, value: string, names: readonly string[]): string[] =>
  [...value.matchAll(/\$\(([A-Za-z_]\w*)\)/g)]
    .filter(([, name]) => !names.includes(name!))
    .map(([, name]) => `${nameOf(workload)}: $(${name}) isn't set`);

const ofBinding = (binding: KubernetesObject, known: Known): string[] => [
  ...known.missing(binding, binding.roleRef?.kind ?? 'Role', binding.roleRef?.name),
  ...(binding.subjects ?? []).flatMap(({ kind, name }) => known.missing(binding, kind, name)),
];
