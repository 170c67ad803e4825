import type { Container, EnvVariable, KubernetesObject } from './manifest';

/** What a value that only the cluster has is taken to be. */
export type FromCluster = (variable: EnvVariable) => string;

const UNKNOWN: FromCluster = () => '';

/**
 * The variables of a container, as it would see them: those of its ConfigMaps, then its own, with `$(NAME)` filled in.
 * @param fromCluster values of secrets and of the pod's fields
 */
export function variablesOf(
  { env = [], envFrom = [] }: Container,
  objects: readonly KubernetesObject[],
  fromCluster: FromCluster = UNKNOWN,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { configMapRef } of envFrom)
    Object.assign(
      variables,
      objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name)?.data,
    );
  for (const variable of env) {
    const text = variable.value ?? fromCluster(variable);
    variables[variable.name] = text.replace(/\$\((\w+)\)/g, (whole, name: string) => variables[name] ?? whole);
  }
  return variables;
}
