import { type Container, containersOf, type KubernetesObject, nameOf, type PodSpec, workloadsOf } from '../manifest';

/** What the `restricted` pod security standard asks for, a read-only root file system, bounds, and no needless rights. */
export const securityProblems = (objects: readonly KubernetesObject[]): readonly string[] =>
  workloadsOf(objects).flatMap((workload) => [
    ...ofPod(workload.spec.template.spec).map((problem) => `${nameOf(workload)}: ${problem}`),
    ...containersOf(workload).flatMap((container) =>
      ofContainer(container).map((problem) => `${nameOf(workload)}, container ${container.name}: ${problem}`),
    ),
  ]);

function ofPod({ securityContext, automountServiceAccountToken, enableServiceLinks }: PodSpec): string[] {
  const { runAsNonRoot, runAsUser, seccompProfile } = securityContext ?? {};
  return lines({
    'may run as root': runAsNonRoot !== true,
    'names no user by number, or root': runAsUser === undefined || runAsUser === 0,
    "hasn't the seccomp profile RuntimeDefault": seccompProfile?.type !== 'RuntimeDefault',
    // Tokens are mounted unless somebody says no; a component that needs one says yes.
    "doesn't say whether it gets a service account's token": automountServiceAccountToken === undefined,
    'gets variables for every Service (enableServiceLinks)': enableServiceLinks !== false,
  });
}

function ofContainer({ securityContext, resources }: Container): string[] {
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, privileged, capabilities } = securityContext ?? {};
  return lines({
    'may gain privileges': allowPrivilegeEscalation !== false || privileged === true,
    'may write to its root file system': readOnlyRootFilesystem !== true,
    "doesn't drop all capabilities": capabilities?.drop?.includes('ALL') !== true,
    'adds capabilities': (capabilities?.add ?? []).length > 0,
    'requests no resources': resources?.requests === undefined,
    'has no memory limit': resources?.limits?.['memory'] === undefined,
  });
}

const lines = (wrong: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(wrong).flatMap(([problem, is]) => (is ? [problem] : []));
