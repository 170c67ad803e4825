import type { Model } from '@kubernetes-models/base';
import { type KubernetesObject, nameOf } from '../manifest';

/** A class of `kubernetes-models`. */
type ModelClass = new (data: object) => Model<unknown>;

/** The kinds that may be used. A new one is added here. */
const KINDS: Readonly<Record<string, () => Promise<object>>> = {
  'v1/ConfigMap': () => import('kubernetes-models/v1/ConfigMap'),
  'v1/Namespace': () => import('kubernetes-models/v1/Namespace'),
  'v1/Service': () => import('kubernetes-models/v1/Service'),
  'v1/ServiceAccount': () => import('kubernetes-models/v1/ServiceAccount'),
  'apps/v1/Deployment': () => import('kubernetes-models/apps/v1/Deployment'),
  'apps/v1/StatefulSet': () => import('kubernetes-models/apps/v1/StatefulSet'),
  'rbac.authorization.k8s.io/v1/Role': () => import('kubernetes-models/rbac.authorization.k8s.io/v1/Role'),
  'rbac.authorization.k8s.io/v1/RoleBinding': () =>
    import('kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'),
};

/** What Kubernetes' schemas say: wrong types, missing fields, kinds that nobody expects. */
export async function schemaProblems(objects: readonly KubernetesObject[]): Promise<readonly string[]> {
  const found = await Promise.all(objects.map(problemOf));
  return found.filter((problem) => problem !== null);
}

async function problemOf(object: KubernetesObject): Promise<string | null> {
  const { apiVersion, kind } = object;
  const load = KINDS[`${apiVersion}/${kind}`];
  if (load === undefined) return `${nameOf(object)}: ${apiVersion}/${kind} isn't a kind that these manifests use`;
  const Kind = ((await load()) as Record<string, ModelClass>)[kind]!;
  try {
    new Kind(object).validate();
    return null;
  } catch (error) {
    return `${nameOf(object)}: ${(error as Error).message}`;
  }
}
