import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { systemClock, type Clock } from '@gateway/clock';
import { ConfigError, loadConfig, type Environment } from '@gateway/config';
import { IdentityError, loadIdentity, type Identity } from '@gateway/mtls';
import { createLogger, type Logger } from '@gateway/telemetry';
import { HealthRegistry } from './health';
import { InfoRegistry } from './info';
import { Lifecycle } from './lifecycle';
import type { PlatformConfig, Service, ServiceDefinition } from './service';
import { VERSION } from './version';

/** What a test may replace. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/**
 * Makes a service from its environment. No port is opened.
 * @throws ConfigError when the configuration, or the identity that it names, can't be used
 */
export function prepareService<C extends PlatformConfig>(
  { name, config: definition }: Pick<ServiceDefinition<C>, 'name' | 'config'>,
  env: Environment,
  { clock = systemClock, logger: given }: Surroundings = {},
): Service<C> {
  const config = loadConfig(definition, env);
  const instanceId = config.instanceId ?? `${name}-${hostname()}-${randomBytes(3).toString('hex')}`;
  const logger = given ?? createLogger({ service: name, instance: instanceId, level: config.logLevel });
  const health = new HealthRegistry(clock);
  const lifecycle = new Lifecycle();
  const identity = openIdentity(config.identityDir, { clock, logger, health, lifecycle });
  const info = infoOf(name, instanceId, clock);
  if (identity) info.add('identity', () => ({ spiffeId: identity.spiffeId, expiresAt: new Date(identity.expiresAt) }));
  return {
    name,
    instanceId,
    config,
    clock,
    logger,
    metrics: new Registry(),
    health,
    lifecycle,
    identity,
    info,
    grpcListeners: [],
  };
}

function infoOf(name: string, instanceId: string, clock: Clock): InfoRegistry {
  const info = new InfoRegistry();
  const fixed = { name, version: VERSION, instanceId, node: process.version, pid: process.pid };
  for (const [key, value] of Object.entries(fixed)) info.add(key, value);
  info.add('startedAt', new Date(clock.now()).toISOString());
  return info;
}

function openIdentity(
  dir: string | undefined,
  { clock, logger, health, lifecycle }: Pick<Service, 'clock' | 'logger' | 'health' | 'lifecycle'>,
): Identity | null {
  if (dir === undefined) return null;
  const check = health.add('identity', { required: false });
  try {
    const identity = loadIdentity(dir, {
      clock,
      onReload: () => logger.info('a new identity is in use'),
      onProblem: (why) => {
        if (why === null) return check.ok();
        logger.error({ why }, 'the identity folder cannot be used: the old identity stays in use');
        check.degraded(why);
      },
    });
    check.ok();
    lifecycle.onStop(() => identity.close(), 'identity');
    return identity;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw new ConfigError([`GATEWAY_IDENTITY_DIR: ${error.message}`]);
  }
}
