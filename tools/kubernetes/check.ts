import { imageProblems } from './checks/images';
import { portProblems } from './checks/ports';
import { probeProblems } from './checks/probes';
import { referenceProblems } from './checks/references';
import { schemaProblems } from './checks/schema';
import { securityProblems } from './checks/security';
import { selectorProblems } from './checks/selectors';
import { shutdownProblems } from './checks/shutdown';
import { unknownFields } from './checks/unknown-fields';
import type { KubernetesObject } from './manifest';

/** What the cluster has that isn't in the manifests. */
export interface Surroundings {
  /** Names of secrets that an operator makes. */
  readonly secrets: ReadonlySet<string>;
}

/** One concern: a line per problem. */
export type Check = (
  objects: readonly KubernetesObject[],
  surroundings: Surroundings,
) => readonly string[] | Promise<readonly string[]>;

/** Everything that is checked, in the order of the report. */
const CHECKS: readonly Check[] = [
  schemaProblems, //    types and required fields, by Kubernetes' own schemas
  unknownFields, //     which the API server would drop in silence
  selectorProblems, //  labels that select nothing
  referenceProblems, // names of what isn't there
  portProblems,
  probeProblems,
  imageProblems,
  securityProblems,
  shutdownProblems,
];

/** What is wrong with manifests: a line per problem, each naming its object. */
export async function problemsOf(
  objects: readonly KubernetesObject[],
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const found = await Promise.all(CHECKS.map((check) => check(objects, surroundings)));
  return found.flat();
}
