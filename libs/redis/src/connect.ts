import type { Clock } from '@gateway/clock';
import { Redis } from 'ioredis';
import { connectionOptions } from './connection-options';
import { IoRedisClient } from './ioredis-client';
import type { RedisClient } from './redis-client';

/** How to reach Redis. */
export interface RedisOptions {
  /** `redis://` or `rediss://` with user name and password, such as `rediss://gateway:secret@localhost:6390`. */
  readonly url: string;
  /** PEM file with the authorities that may have signed the server's certificate. Default: the system's. */
  readonly caFile?: string;
  readonly clock: Clock;
  /** Shown in `CLIENT LIST`. */
  readonly name?: string;
  /** Longest wait for the answer of one command, in ms. Default 1000. Callers in a request's way use a StoreGuard. */
  readonly commandTimeoutMs?: number;
  readonly logger?: RedisLogger;
}

/** Where the client tells what happens to its connection. A pino logger fits. */
export interface RedisLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const COMMAND_TIMEOUT_MS = 1000;

/**
 * Starts connecting and returns at once; the client is `down` until Redis has answered. It goes on trying for ever.
 * @throws TypeError when the URL isn't one of Redis; the file system's error when the CA file can't be read
 */
export function connectRedis(options: RedisOptions): RedisClient {
  const connection = connectionOptions({ commandTimeoutMs: COMMAND_TIMEOUT_MS, ...options });
  return new IoRedisClient(() => new Redis(connection), options.clock, options.logger);
}
