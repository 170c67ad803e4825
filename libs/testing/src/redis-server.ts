import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers that speak Redis' protocol and take its options, in the order of preference. */
const SERVERS = ['redis-server', 'valkey-server'];

/** The Redis server to use: the first one on PATH; null when there is none. */
export function findRedisServer(path = process.env['PATH'] ?? ''): string | null {
  const folders = path.split(delimiter).filter((each) => each !== '');
  const candidates = SERVERS.flatMap((server) => folders.map((folder) => join(folder, server)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a private Redis is made of. */
export interface RedisSettings {
  readonly port: number;
  readonly password: string;
  /** Holds `cert.pem`, `key.pem` and `ca.pem` of the server. */
  readonly identityDir: string;
  /** Its working folder. Nothing is persisted there. */
  readonly dir: string;
  /** Restricts the user `gateway` to what the platform may do: its own keys and channels, no dangerous commands. */
  readonly restricted: boolean;
}

/** The user that the platform connects as. */
export const REDIS_USER = 'gateway';

/** The ACL of the platform: keys and channels under `gw:`, and INFO and ROLE, which clients ask when they connect. */
const RESTRICTED = ['~gw:*', '&gw:*', '+@all', '-@admin', '-@dangerous', '+info', '+role'];
const UNRESTRICTED = ['~*', '&*', '+@all'];

/** The content of a configuration file for a Redis that only TLS and a password open and that keeps nothing on disk. */
export function redisConfig({ port, password, identityDir, dir, restricted }: RedisSettings): string {
  const lines = [
    'port 0',
    `tls-port ${port}`,
    'bind 127.0.0.1 -::1',
    `tls-cert-file ${quoted(join(identityDir, 'cert.pem'))}`,
    `tls-key-file ${quoted(join(identityDir, 'key.pem'))}`,
    `tls-ca-cert-file ${quoted(join(identityDir, 'ca.pem'))}`,
    'tls-auth-clients optional',
    'save ""',
    'appendonly no',
    `dir ${quoted(dir)}`,
    'daemonize no',
    // What the platform keeps is bounded; this bounds it once more, and says so instead of dropping leases.
    'maxmemory 512mb',
    'maxmemory-policy noeviction',
    `user ${REDIS_USER} on >${password} ${(restricted ? RESTRICTED : UNRESTRICTED).join(' ')}`,
    restricted ? 'user default off' : `user default on >${password} ${UNRESTRICTED.join(' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

const quoted = (path: string): string => `"${path.replace(/["\\]/g, '\\$&')}"`;

/** The URL that clients use. */
export const redisUrl = (port: number, password: string): string =>
  `rediss://${REDIS_USER}:${password}@localhost:${port}`;
