import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Authority } from './authority';
import { eventually } from './eventually';
import { freePort } from './ports';
import { redisCommand } from './redis-command';
import { findRedisServer, redisConfig, redisUrl, type RedisSettings } from './redis-server';

/** Options of `startRedis`. */
export interface StartRedisOptions {
  /** Signs the server's certificate; one of its own when not given. */
  readonly authority?: Authority;
  /** The development platform's ACL: only keys and channels that begin with `gw:`, no dangerous commands. */
  readonly restricted?: boolean;
}

/** A private Redis of a test: real, over TLS, with a password, empty. */
export interface TestRedis {
  /** `rediss://gateway:<password>@localhost:<port>` */
  readonly url: string;
  /** PEM file of the CA that signed its certificate. */
  readonly caFile: string;
  readonly port: number;
  readonly password: string;
  /** The server's process id, also after its end. */
  readonly pid: number;
  /** Sends a command as the administrator and waits for its one-line answer. Not for `restricted` ones. */
  command(...command: string[]): Promise<string>;
  /** Empties it. */
  flush(): Promise<void>;
  /** While read-only, writes fail with READONLY, as on a replica after a failover. */
  readonly(on: boolean): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL; the port stays reserved for `restart`. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty; ends it before when it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a Redis on a free port. Call `stop` when done; when this process exits first, Redis goes with it.
 * @throws Error when neither redis-server nor valkey-server is on PATH, or it doesn't start
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<TestRedis> {
  const binary = findRedisServer();
  if (binary === null) throw new Error('these tests need redis-server (or valkey-server) on PATH');
  const dir = mkdtempSync(join(tmpdir(), 'gateway-redis-'));
  const authority = options.authority ?? (await createAuthority(dir));
  const identityDir = await authority.issue('redis', { folder: join(dir, 'identity') });
  const password = randomBytes(16).toString('hex');
  const settings = { port: await freePort(), password, identityDir, dir, restricted: options.restricted ?? false };
  const redis = new OwnRedis(binary, settings, authority);
  await redis.restart();
  return redis;
}

class OwnRedis implements TestRedis {
  readonly url: string;
  readonly caFile: string;
  readonly port: number;
  readonly password: string;
  readonly #onExit = (): void => void this.#child?.kill('SIGKILL');
  #child: ChildProcess | null = null;
  #pid = 0;

  constructor(
    private readonly binary: string,
    private readonly settings: RedisSettings,
    private readonly authority: Authority,
  ) {
    const { port, password, dir } = settings;
    this.port = port;
    this.password = password;
    this.url = redisUrl(port, password);
    this.caFile = authority.caFile;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'redis.conf'), redisConfig(settings), { mode: 0o600 });
    process.on('exit', this.#onExit);
  }

  get pid(): number {
    return this.#pid;
  }

  command(...command: string[]): Promise<string> {
    const user = this.settings.restricted ? 'gateway' : 'default';
    return redisCommand({ port: this.port, password: this.password, ca: this.authority.ca, user }, ...command);
  }

  async flush(): Promise<void> {
    await this.command('FLUSHALL');
  }

  async readonly(on: boolean): Promise<void> {
    // A replica of nobody that can be reached: it serves what it has and refuses writes.
    await this.command('REPLICAOF', ...(on ? ['127.0.0.1', '1'] : ['NO', 'ONE']));
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.#end('SIGKILL');
    const log = join(this.settings.dir, 'redis.log');
    const output = openSync(log, 'a');
    const child = spawn(this.binary, [join(this.settings.dir, 'redis.conf')], { stdio: ['ignore', output, output] });
    this.#child = child;
    this.#pid = child.pid!;
    child.once('exit', () => {
      if (this.#child === child) this.#child = null;
    });
    await eventually(() => this.#answers(log), { within: 10_000 });
  }

  async stop(): Promise<void> {
    await this.#end('SIGKILL');
    process.off('exit', this.#onExit);
    rmSync(this.settings.dir, { recursive: true, force: true });
  }

  async #answers(log: string): Promise<void> {
    if (this.#child === null) throw new Error(`redis ended at its start:\n${readFileSync(log, 'utf8')}`);
    await this.command('PING');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
