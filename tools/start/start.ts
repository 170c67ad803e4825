import { banner } from './banner';
import { buildApps } from './build';
import type { DevFolder } from './dev-folder';
import { ensureIdentities } from './identities';
import { Launcher } from './launcher';
import { removeRecord, stateOf } from './pid-record';
import { checkPorts, planProcesses, selectProcesses, usesOwnRedis, writeEnvironments, type Planned } from './plan';
import { Problem } from '../command/problem';
import { Progress } from '../command/progress';
import { ensureRedisProgram } from './redis-program';
import { lockStart } from './start-lock';

/** The command line of `npm start`. */
export interface StartOptions {
  /** Ends with 0 when everything is ready, leaving it running. */
  readonly detach: boolean;
  /** Starts these alone, beside what runs. */
  readonly only: string | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPTED = 130;

/** Starts the platform, and without `detach` stays until it is told to end. @returns the exit code */
export async function start(dev: DevFolder, options: StartOptions): Promise<number> {
  const all = planProcesses(dev);
  const selected = selectProcesses(all, options.only);
  refuseRunning(dev, all, selected);
  const unlock = lockStart(dev);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const progress = new Progress();
  let launcher: Launcher | null = null;
  try {
    await checkPorts(selected);
    const redisProgram = await prepare(dev, progress, all, selected, interrupted.signal);
    launcher = new Launcher(dev, progress, redisProgram);
    await Promise.race([launchAll(launcher, selected), aborted(interrupted.signal)]);
  } catch (error) {
    await launcher?.stop();
    if (!interrupted.signal.aborted) throw error;
    console.error('\ninterrupted: nothing is left running');
    return INTERRUPTED;
  } finally {
    unlock();
  }
  console.log(banner(dev, selected, options.detach));
  return options.detach ? 0 : stay(dev, launcher, interrupted.signal);
}

/** @throws Problem when one of them runs already */
function refuseRunning(dev: DevFolder, all: readonly Planned[], selected: readonly Planned[]): void {
  const running = selected.flatMap(({ name }) => {
    const found = stateOf(dev, name);
    return found.state === 'runs' ? [`${name} (pid ${found.record.pid})`] : [];
  });
  if (running.length === 0) return;
  const missing = all.filter(({ name }) => stateOf(dev, name).state !== 'runs').map(({ name }) => name);
  const hints = ['npm run status shows it', 'npm run stop ends it'];
  if (missing.length > 0) hints.push(`npm start -- --only ${missing.join(',')} starts what is missing`);
  throw new Problem(`the platform runs already: ${running.join(', ')}\n${hints.join('; ')}`);
}

/** Makes everything that the processes need. @returns Redis' program, null when it isn't ours to start */
async function prepare(
  dev: DevFolder,
  progress: Progress,
  all: readonly Planned[],
  selected: readonly Planned[],
  signal: AbortSignal,
): Promise<string | null> {
  const ownRedis = usesOwnRedis() && selected.some(({ spec }) => spec.app === null);
  const redisProgram = ownRedis ? await progress.step('Redis', ensureRedisProgram, (program) => program) : null;
  await progress.step(
    'certificates',
    () => ensureIdentities(dev),
    (issued) => (issued === 0 ? 'up to date' : `${issued} issued`),
  );
  writeEnvironments(dev, all);
  const apps = [...new Set(selected.flatMap(({ spec }) => spec.app ?? []))];
  if (apps.length > 0) await progress.step('build', () => buildApps(apps, signal));
  return redisProgram;
}

/** Redis first, so that nobody starts with a failure in its log; the others find each other by themselves. */
async function launchAll(launcher: Launcher, selected: readonly Planned[]): Promise<void> {
  await launcher.start(selected.filter(({ spec }) => spec.app === null));
  await launcher.start(selected.filter(({ spec }) => spec.app !== null));
  await launcher.waitForRoutes();
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const refuse = (): void => reject(new Problem('interrupted'));
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse);
  });

/** Stays until it is interrupted, or until everything has ended without it. */
async function stay(dev: DevFolder, launcher: Launcher, interrupted: AbortSignal): Promise<number> {
  // Children don't keep us alive: they are detached.
  const alive = setInterval(() => {}, 60_000);
  const ends = launcher.started.map(async ({ planned: { name }, program }) => {
    const { signal } = await program.ended;
    if (interrupted.aborted || stateOf(dev, name).state === 'stopped') return;
    console.log(`${name} has ended${signal ? ` by ${signal}` : ''}; npm start -- --only ${name} starts it again`);
  });
  await Promise.race([Promise.all(ends), new Promise((resolve) => interrupted.addEventListener('abort', resolve))]);
  if (interrupted.aborted) {
    console.log('\nstopping …');
    await launcher.stop((name) => console.log(`  ${name} stopped`));
  } else {
    for (const { planned } of launcher.started)
      if (stateOf(dev, planned.name).state === 'died') removeRecord(dev, planned.name);
    console.log('everything has ended');
  }
  clearInterval(alive);
  return 0;
}
