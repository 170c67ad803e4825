import { eventually } from '../eventually';
import { appCommand, describeExit, launch, tailOf, type Exit, type Program } from './program';
import { isReady, whyNotReady } from './readiness';

/** A process of a test's platform. */
export interface RunningProcess {
  /** The pid, also after its end. */
  readonly pid: number;
  /** SIGTERM, and waits for the end. @throws Error when it doesn't end cleanly within 30 s */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it (again) with the same addresses, and waits until it is ready. Ends it before when it runs. */
  restart(): Promise<void>;
}

/** A process of ours, with its admin plane. */
export interface RunningApp extends RunningProcess {
  readonly name: string;
  /** `http://127.0.0.1:<port>` */
  readonly adminUrl: string;
  /** What it wrote so far. */
  log(): string;
  /** Calls its admin plane. @throws Error unless the answer is a 2xx */
  admin(method: string, path: string): Promise<string>;
  /** Reads JSON from its admin plane. @throws Error unless the answer is a 2xx */
  adminJson(path: string): Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a black box: the assertion is the type
}

/** What an app is started with. */
export interface AppLaunch {
  /** The process's name. */
  readonly name: string;
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  readonly adminPort: number;
  readonly logFile: string;
}

/** An app is ready within a few seconds; a machine that is busy with other tests takes longer. */
const READY_MS = 60_000;
const STOP_MS = 30_000;
const LOG_LINES = 30;

/** Variables of ours that a program may see: without them no program runs, with more a test depends on who runs it. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];

/** The environment of a program in a test. */
export const testEnvironment = (env: Readonly<Record<string, string>>): Record<string, string | undefined> => ({
  ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
  ...env,
});

/** An app that isn't started yet: `restart` does. */
export const createApp = (options: AppLaunch): RunningApp => new AppProcess(options);

/**
 * Starts an app and waits until it is ready.
 * @throws Error with the end of its log when it doesn't get ready; then it is killed
 */
export async function startApp(options: AppLaunch): Promise<RunningApp> {
  const app = createApp(options);
  await app.restart();
  return app;
}

class AppProcess implements RunningApp {
  readonly name: string;
  readonly adminUrl: string;
  #program: Program | null = null;
  /** Whether its end is our wish. */
  #ending = true;

  constructor(private readonly options: AppLaunch) {
    this.name = options.name;
    this.adminUrl = `http://127.0.0.1:${options.adminPort}`;
    process.on('exit', () => this.#program?.exit === null && this.#program.signal('SIGKILL'));
  }

  get pid(): number {
    return this.#program!.pid;
  }

  log(): string {
    return tailOf(this.options.logFile, Infinity);
  }

  async restart(): Promise<void> {
    await this.kill();
    const { app, env, logFile } = this.options;
    this.#program = await launch({ ...appCommand(app), env: testEnvironment(env), logFile, append: true });
    this.#ending = false;
    try {
      await this.#ready();
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const program = this.#program;
    if (program === null) return;
    if (program.exit !== null && !this.#ending) throw this.#failure(`ended by itself ${describeExit(program.exit)}`);
    this.#ending = true;
    program.signal('SIGTERM');
    const exit = await withinTime(program.ended, STOP_MS);
    if (exit === null) await this.kill();
    if (exit?.signal === 'SIGKILL') return;
    if (exit?.code !== 0) throw this.#failure(exit ? `stopped ${describeExit(exit)}` : `didn't stop in ${STOP_MS} ms`);
  }

  async kill(): Promise<void> {
    this.#ending = true;
    this.#program?.signal('SIGKILL');
    await this.#program?.ended;
  }

  async admin(method: string, path: string): Promise<string> {
    const response = await fetch(this.adminUrl + path, { method });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${this.name}${path} answered ${response.status}: ${text}`);
    return text;
  }

  async adminJson(path: string): Promise<unknown> {
    return JSON.parse(await this.admin('GET', path));
  }

  async #ready(): Promise<void> {
    const { adminPort } = this.options;
    const ready = await eventually(async () => this.#program!.exit !== null || (await isReady(adminPort)), {
      within: READY_MS,
      every: 50,
    }).catch(() => false);
    if (this.#program!.exit) throw this.#failure(`ended at its start ${describeExit(this.#program!.exit)}`);
    if (!ready) throw this.#failure(`isn't ready after ${READY_MS} ms: ${await whyNotReady(adminPort)}`);
  }

  #failure(what: string): Error {
    return new Error(`${this.name} ${what}; its log ends:\n${tailOf(this.options.logFile, LOG_LINES)}`);
  }
}

async function withinTime(ended: Promise<Exit>, ms: number): Promise<Exit | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  const first = await Promise.race([ended, late]);
  clearTimeout(timer);
  return first;
}
