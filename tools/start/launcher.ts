import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  appCommand,
  describeExit,
  identityDir,
  isReady,
  launch,
  redisCommand,
  redisConfig,
  tailOf,
  unseenBy,
  whyNotReady,
  type Launch,
  type Program,
} from '@gateway/testing';
import type { DevFolder } from './dev-folder';
import { removeRecord, writeRecord } from './pid-record';
import { redisPassword, type Planned } from './plan';
import { Problem } from '../command/problem';
import type { Progress } from '../command/progress';
import { stopProcesses } from './stopping';

const READY_MS = 60_000;
const POLL_MS = 100;
const LOG_LINES = 15;

/** A process that was started here. */
export interface Started {
  readonly planned: Planned;
  readonly program: Program;
}

/** Starts processes, waits for them, and remembers which ones to stop. */
export class Launcher {
  readonly #started: Started[] = [];
  #closing = false;

  constructor(
    private readonly dev: DevFolder,
    private readonly progress: Progress,
    private readonly redisProgram: string | null,
  ) {}

  get started(): readonly Started[] {
    return this.#started;
  }

  /** Starts processes and waits until each is ready. @throws Problem naming the first that ends or doesn't get ready */
  async start(processes: readonly Planned[]): Promise<void> {
    const began = performance.now();
    for (const planned of processes) await this.#launch(planned);
    const waiting = new Set(this.#started.filter(({ planned }) => processes.includes(planned)));
    while (waiting.size > 0 && !this.#closing) {
      await this.#look(waiting, began);
      if (waiting.size === 0) return;
      this.progress.pending(`waiting for ${[...waiting].map(({ planned }) => planned.name).join(', ')}`, began);
      if (performance.now() - began > READY_MS) throw await this.#neverReady([...waiting]);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /**
   * Waits until the edge can call everything that was started here: then the first request of whoever reads the banner
   * works. @throws Problem naming what it can't call
   */
  async waitForRoutes(): Promise<void> {
    const edge = this.#started.find(({ planned }) => planned.name === 'edge-router');
    const registry = this.#started.find(({ planned }) => planned.name === 'registry-daemon');
    if (!edge || !registry) return;
    const registered = this.#started.flatMap(({ planned: { name, spec } }) =>
      (spec.registers ?? []).map((service) => ({ service, instance: name })),
    );
    const began = performance.now();
    while (!this.#closing) {
      const unseen = await unseenBy(edge.planned.adminPort!, registered);
      if (unseen.length === 0) return this.progress.done('every service is routed', began);
      const names = unseen.map(({ service, instance }) => `${service} of ${instance}`).join(', ');
      if (performance.now() - began > READY_MS) throw new Problem(`the edge doesn't find ${names}`);
      this.progress.pending(`waiting for the edge to find ${names}`, began);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Stops what was started here, the edge first; nothing can be started any more. */
  async stop(onStopped?: (name: string) => void): Promise<void> {
    this.#closing = true;
    await stopProcesses(this.dev, new Set(this.#started.map(({ planned }) => planned.name)), onStopped);
  }

  /** Takes those out that have become ready. */
  async #look(waiting: Set<Started>, began: number): Promise<void> {
    for (const each of waiting) {
      if (each.program.exit !== null && !this.#closing) throw this.#ended(each);
      if (!(await this.#isReady(each.planned))) continue;
      waiting.delete(each);
      this.progress.done(`${each.planned.name} is ready`, began);
    }
  }

  async #launch(planned: Planned): Promise<void> {
    if (this.#closing) return;
    const { name, ports, spec, env } = planned;
    const command = spec.app === null ? this.#redisCommand(planned) : appCommand(spec.app);
    // Variables of the caller win: `EDGE_HTTP_MODE=serve npm start`.
    const merged = { ...env, ...withoutNpm(process.env), ...fixed(env) };
    const program = await launch({ ...command, env: merged, logFile: this.dev.logFile(name), detached: true });
    writeRecord(this.dev, name, program.pid, ports);
    this.#started.push({ planned, program });
    // Interrupted while it was being started: whoever stops the others hasn't seen it.
    if (this.#closing) program.signal('SIGKILL');
  }

  #redisCommand({ ports }: Planned): Pick<Launch, 'command' | 'args'> {
    const dir = this.dev.below('redis');
    mkdirSync(dir, { recursive: true });
    const [port, password] = [ports['REDIS_PORT']!, redisPassword(this.dev)];
    const settings = { port, password, identityDir: identityDir(this.dev.path, 'redis'), dir, restricted: true };
    const file = `${dir}/redis.conf`;
    writeFileSync(file, redisConfig(settings), { mode: 0o600 });
    return { command: this.redisProgram!, args: [file] };
  }

  async #isReady({ adminPort, ports }: Planned): Promise<boolean> {
    return adminPort === null ? redisAnswers(this.dev, ports['REDIS_PORT']!) : isReady(adminPort);
  }

  #ended({ planned: { name }, program }: Started): Problem {
    removeRecord(this.dev, name);
    const logFile = this.dev.logFile(name);
    return new Problem(
      `${name} ended at its start ${describeExit(program.exit!)}; ${logFile} ends:\n${tailOf(logFile, LOG_LINES)}`,
    );
  }

  async #neverReady(waiting: readonly Started[]): Promise<Problem> {
    const lines = waiting.map(async ({ planned: { name, adminPort } }) => {
      const why = adminPort === null ? 'it does not answer' : await whyNotReady(adminPort);
      return `${name} isn't ready after ${READY_MS / 1000} s: ${why}\n${tailOf(this.dev.logFile(name), LOG_LINES)}`;
    });
    return new Problem((await Promise.all(lines)).join('\n'));
  }
}

/** Whether our Redis answers. */
export async function redisAnswers(dev: DevFolder, port: number): Promise<boolean> {
  const access = { port, password: redisPassword(dev), ca: readFileSync(dev.caFile, 'utf8'), user: 'gateway' };
  return redisCommand(access, 'PING').then(
    (answer) => answer === 'PONG',
    () => false,
  );
}

const withoutNpm = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));

/** What makes a process this one, and finds what we started, isn't the caller's to set. */
const FIXED = [
  'GATEWAY_INSTANCE_ID',
  'GATEWAY_IDENTITY_DIR',
  'GATEWAY_REDIS_URL',
  'GATEWAY_REDIS_CA_FILE',
  'WSNODE_PORT',
  'WSNODE_GRPC_PORT',
  'WSNODE_ADMIN_PORT',
];

const fixed = (env: Planned['env']): Planned['env'] =>
  Object.fromEntries(Object.entries(env).filter(([name]) => FIXED.includes(name)));
