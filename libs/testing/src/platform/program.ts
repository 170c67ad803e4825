import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run, and where its output goes. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets standard output and error; emptied first unless `append`. */
  readonly logFile: string;
  readonly append?: boolean;
  /** Outlives us, and doesn't get the terminal's Ctrl-C. */
  readonly detached?: boolean;
}

/** A program that was started. */
export interface Program {
  readonly pid: number;
  readonly ended: Promise<Exit>;
  /** How it ended; null while it runs. */
  readonly exit: Exit | null;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program. @throws Error when it can't be executed */
export async function launch({ command, args, env, logFile, append, detached }: Launch): Promise<Program> {
  const log = openSync(logFile, append ? 'a' : 'w');
  const child = spawn(command, args, { env, detached: detached ?? false, stdio: ['ignore', log, log] });
  closeSync(log);
  await spawned(child);
  if (detached) child.unref();
  return watch(child);
}

const spawned = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));

function watch(child: ChildProcess): Program {
  let exit: Exit | null = null;
  const ended = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve((exit = { code, signal })));
  });
  return {
    pid: child.pid!,
    ended,
    get exit() {
      return exit;
    },
    signal: (signal) => void child.kill(signal),
  };
}

/** Says how a program ended, for people. */
export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `with exit code ${code}` : `by ${signal}`;

/** The last lines of a log. */
export const tailOf = (logFile: string, lines = 15): string =>
  existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';

/** The bundle of an app. @throws Error when it hasn't been built */
export function builtApp(app: string): string {
  const file = join(workspaceDir(), 'dist', 'apps', app, 'main.js');
  if (!existsSync(file)) throw new Error(`${app} is not built: npx nx run-many -t build`);
  return file;
}

/** The command line of a built app, on this process's Node. */
export const appCommand = (app: string): Pick<Launch, 'command' | 'args'> => ({
  command: process.execPath,
  args: ['--enable-source-maps', builtApp(app)],
});

/** The workspace's folder: the nearest one above the working folder that has an nx.json. */
export function workspaceDir(from = process.cwd()): string {
  if (existsSync(join(from, 'nx.json'))) return from;
  const above = join(from, '..');
  if (above === from) throw new Error('run this in the workspace');
  return workspaceDir(above);
}
