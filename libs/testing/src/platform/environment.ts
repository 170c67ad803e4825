import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LINKS, type ProcessSpec } from './topology';

/** Ports of a process, by the variable that sets each. */
export type Ports = Readonly<Record<string, number>>;

/** Where the rest of a platform is. */
export interface Surroundings {
  /** The platform's own folder: `.dev`, or a test's. */
  readonly folder: string;
  readonly redis: { readonly url: string; readonly caFile: string | null } | null;
  /** The ports of every process, by its name. */
  readonly ports: Readonly<Record<string, Ports>>;
}

/** The ports of the table. */
export const standardPorts = (spec: ProcessSpec): Ports =>
  Object.fromEntries(Object.entries(spec.listens).map(([variable, url]) => [variable, Number(new URL(url).port)]));

/** Folder of an identity. */
export const identityDir = (folder: string, name: string): string => join(folder, 'identity', name);

/**
 * The environment of one process, without anything of ours. Makes the folders that it names.
 * @param name the process's, when it isn't the spec's (a second one of its kind)
 */
export function environmentOf(spec: ProcessSpec, surroundings: Surroundings, name = spec.name): Record<string, string> {
  const { folder, ports } = surroundings;
  const below = (path: string): string => join(folder, path);
  for (const path of Object.values(spec.folders ?? {})) mkdirSync(below(path), { recursive: true });
  return {
    GATEWAY_INSTANCE_ID: name,
    ...(spec.identity && { GATEWAY_IDENTITY_DIR: identityDir(folder, spec.identity) }),
    ...linkVariables(spec, surroundings),
    ...mapValues(ports[name] ?? standardPorts(spec), String),
    ...mapValues(spec.folders ?? {}, below),
    ...mapValues(spec.files ?? {}, below),
    ...spec.settings,
  };
}

function linkVariables(spec: ProcessSpec, { redis, ports }: Surroundings): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const link of spec.links) {
    if (link === 'redis') Object.assign(variables, redisVariables(redis));
    else {
      const { variable, process, port } = LINKS[link];
      variables[variable] = `localhost:${ports[process]![port]}`;
    }
  }
  return variables;
}

function redisVariables(redis: Surroundings['redis']): Record<string, string> {
  if (redis === null) return {};
  return { GATEWAY_REDIS_URL: redis.url, ...(redis.caFile !== null && { GATEWAY_REDIS_CA_FILE: redis.caFile }) };
}

const mapValues = <T, U>(values: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
