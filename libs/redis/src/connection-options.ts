import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { RedisOptions as ConnectionOptions } from 'ioredis';
import { reconnectDelay } from './backoff';
import { Connector } from './connector';

/** Longest time for TCP and TLS to be established, in ms. */
const CONNECT_TIMEOUT_MS = 1000;
/** How long a connection that is being ended may linger before it is destroyed, in ms: a peer that hangs never ends it. */
const DISCONNECT_TIMEOUT_MS = 100;
const DEFAULT_PORT = 6379;

/** Where Redis is and how to talk to it. */
export interface ConnectionTarget {
  readonly url: string;
  readonly caFile?: string;
  readonly name?: string;
  readonly commandTimeoutMs: number;
}

/**
 * The options of one connection: nothing is queued while it is down, and nothing is sent twice.
 * @throws TypeError when the URL isn't one of Redis; the file system's error when the CA file can't be read
 */
export function connectionOptions(target: ConnectionTarget): ConnectionOptions {
  const url = parseRedisUrl(target.url);
  return {
    host: url.host,
    port: url.port,
    db: url.database,
    username: url.username,
    password: url.password,
    connectionName: target.name,
    tls: url.tls ? tlsOptions(url.host, target.caFile) : undefined,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    commandTimeout: target.commandTimeoutMs,
    Connector,
    retryStrategy: (attempt) => reconnectDelay(attempt),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    stringNumbers: false,
  };
}

/** SNI takes names only (RFC 6066 §3); an address is checked against the certificate's IP entries. */
function tlsOptions(host: string, caFile: string | undefined) {
  return {
    ca: caFile === undefined ? undefined : readFileSync(caFile),
    servername: isIP(host) === 0 ? host : undefined,
    minVersion: 'TLSv1.2' as const,
  };
}

/** A Redis URL in its parts. */
export interface RedisAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/**
 * Reads `redis[s]://[user[:password]@]host[:port][/database]`.
 * @throws TypeError when it isn't that; the message doesn't contain the password
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new TypeError('The address of Redis must look like rediss://user:password@host:6379');
  }
  return {
    tls: url.protocol === 'rediss:',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    database: databaseOf(url.pathname),
  };
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new TypeError('User name and password in the address of Redis must be percent-encoded');
  }
}

function databaseOf(path: string): number {
  const digits = /^\/?(\d{0,5})$/.exec(path)?.[1];
  if (digits === undefined) throw new TypeError('The path in the address of Redis must be the number of a database');
  return Number(digits);
}
