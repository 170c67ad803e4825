import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { connect } from 'node:tls';
import { createAuthority } from './authority';
import { eventually } from './eventually';
import { freePort } from './free-port';

/** A private Redis: TLS, password, no persistence. */
export interface TestRedis {
  /** `rediss://:<password>@localhost:<port>` */
  readonly url: string;
  readonly caFile: string;
  readonly port: number;
  readonly password: string;
  /** The pid of the running server. */
  readonly pid: number;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** SIGKILL: gone at once. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Stops it from answering without closing a connection. */
  pause(): void;
  resume(): void;
  /** Sends one command over a connection of its own, such as `command('FLUSHALL')`. @returns the raw reply */
  command(...words: string[]): Promise<string>;
}

/** Where a Redis server's program is, or null. */
export function findRedisServer(path = process.env['PATH'] ?? ''): string | null {
  for (const name of ['redis-server', 'valkey-server'])
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not there: the next one.
      }
    }
  return null;
}

/** Starts a Redis on a free port of localhost with certificates of its own. */
export async function startRedis(): Promise<TestRedis> {
  const program = findRedisServer();
  if (program === null) throw new Error('Neither redis-server nor valkey-server is on PATH.');
  const folder = mkdtempSync(join(tmpdir(), 'gateway-redis-'));
  const authority = await createAuthority(folder);
  const identity = await authority.issue('redis');
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const configuration = join(folder, 'redis.conf');
  writeFileSync(configuration, redisConfiguration({ port, password, identity, folder }));

  const answer = (...words: string[]): Promise<string> => sendCommand(port, authority.caFile, password, words);
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(program, [configuration], { stdio: 'ignore' });
    await eventually(async () => {
      if (!(await answer('PING')).includes('PONG')) throw new Error('Redis is not ready');
    });
    return child;
  };
  let child = await launch();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  };

  return {
    url: `rediss://:${password}@localhost:${port}`,
    caFile: authority.caFile,
    port,
    password,
    get pid() {
      return child.pid!;
    },
    async stop() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      child = await launch();
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    command: answer,
  };
}

/** The configuration of a private Redis: TLS only, one user with a password, nothing written to disk. */
export function redisConfiguration(options: {
  port: number;
  password: string;
  /** Folder with cert.pem, key.pem and ca.pem. */
  identity: string;
  folder: string;
}): string {
  const { port, password, identity, folder } = options;
  return `port 0
bind 127.0.0.1 -::1
tls-port ${port}
tls-cert-file "${identity}/cert.pem"
tls-key-file "${identity}/key.pem"
tls-ca-cert-file "${identity}/ca.pem"
tls-auth-clients optional
tls-protocols "TLSv1.2 TLSv1.3"
user default on >${password} ~* &* +@all -@dangerous +flushall +info +config|get +client +keys +replicaof
dir "${folder}"
save ""
appendonly no
maxclients 2000
maxmemory 256mb
maxmemory-policy volatile-lru
`;
}

function sendCommand(port: number, caFile: string, password: string, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: 'localhost', ca: readFileSync(caFile) });
    let reply = '';
    socket.setTimeout(2000, () => socket.destroy(new Error('Redis does not answer')));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      const [authenticated, ...rest] = reply.split('\r\n');
      if (!authenticated!.startsWith('+OK')) {
        socket.destroy(new Error(authenticated));
        return;
      }
      if (rest.join('') === '') return;
      socket.end();
      resolve(rest.join('\n').trimEnd());
    });
    for (const each of [['AUTH', password], words])
      socket.write(`*${each.length}\r\n${each.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  });
}
