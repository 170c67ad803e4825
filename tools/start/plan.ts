import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  PROCESSES,
  adminVariable,
  environmentOf,
  portProblem,
  redisUrl,
  standardPorts,
  type Ports,
  type ProcessSpec,
} from '@gateway/testing';
import type { DevFolder } from './dev-folder';
import { Problem } from '../command/problem';

/** One process as it will be started. */
export interface Planned {
  readonly spec: ProcessSpec;
  readonly name: string;
  readonly ports: Ports;
  /** Null for Redis. */
  readonly adminPort: number | null;
  /** The variables that we set; the caller's own environment goes before them. */
  readonly env: Readonly<Record<string, string>>;
}

/** A Redis of ours is started unless GATEWAY_REDIS_URL names another. */
export const usesOwnRedis = (): boolean => (process.env['GATEWAY_REDIS_URL'] ?? '') === '';

/** Every process of the platform, with ports and variables. Makes the folders that they name. */
export function planProcesses(dev: DevFolder): Planned[] {
  const specs = PROCESSES.filter((spec) => spec.app !== null || usesOwnRedis());
  const ports = Object.fromEntries(specs.map((spec) => [spec.name, portsOf(spec)]));
  const redis = usesOwnRedis()
    ? { url: redisUrl(ports['redis']!['REDIS_PORT']!, redisPassword(dev)), caFile: dev.caFile }
    : { url: process.env['GATEWAY_REDIS_URL']!, caFile: process.env['GATEWAY_REDIS_CA_FILE'] ?? null };
  const surroundings = { folder: dev.path, redis, ports };
  return specs.map((spec) => ({
    spec,
    name: spec.name,
    ports: ports[spec.name]!,
    adminPort: adminVariable(spec) === null ? null : ports[spec.name]![adminVariable(spec)!]!,
    env: spec.app === null ? {} : environmentOf(spec, surroundings),
  }));
}

/** The table's ports, or those of the caller's environment where only one process reads the variable. */
function portsOf(spec: ProcessSpec): Ports {
  const alone = PROCESSES.filter((each) => each.app === spec.app).length === 1 && spec.app !== null;
  const set = (variable: string): number | null =>
    alone && process.env[variable] ? Number(process.env[variable]) : null;
  const standard = standardPorts(spec);
  return Object.fromEntries(Object.entries(standard).map(([variable, port]) => [variable, set(variable) ?? port]));
}

/** The password of our Redis: made once, so that a process that is started later can connect. */
export function redisPassword(dev: DevFolder): string {
  const file = dev.below('redis.password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/**
 * The processes of `--only`, by process or app name; all of them without it.
 * @throws Problem for a name that there isn't
 */
export function selectProcesses(all: readonly Planned[], only: string | undefined): Planned[] {
  if (only === undefined) return [...all];
  const wanted = only.split(',').map((name) => name.trim());
  const matches = (name: string) => (each: Planned) => each.name === name || each.spec.app === name;
  const unknown = wanted.filter((name) => !all.some(matches(name)));
  if (unknown.length > 0) {
    throw new Problem(
      `no process is called ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`,
    );
  }
  return all.filter((each) => wanted.some((name) => matches(name)(each)));
}

/** @throws Problem with a line for each port that is taken */
export async function checkPorts(selected: readonly Planned[]): Promise<void> {
  const problems: string[] = [];
  for (const { name, ports } of selected) {
    for (const [variable, port] of Object.entries(ports)) {
      const problem = await portProblem(port);
      if (problem !== null) problems.push(`port ${port} is ${problem}: ${name} wants it (${variable})`);
    }
  }
  if (problems.length > 0) throw new Problem(problems.join('\n'));
}

/** Writes `.dev/env/<process>.env`, which `npx nx serve <app>` and `node --env-file` read. */
export function writeEnvironments(dev: DevFolder, all: readonly Planned[]): void {
  for (const { name, env, spec } of all) {
    if (spec.app === null) continue;
    const lines = Object.entries(env).map(([variable, value]) => `${variable}='${value}'`);
    writeFileSync(`${dev.environments}/${name}.env`, `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
