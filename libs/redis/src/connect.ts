import type { Clock } from '@gateway/clock';
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

export declare function connectRedis(options: RedisOptions): RedisClient;
