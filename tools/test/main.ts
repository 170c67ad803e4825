// npm test: everything that must hold, on any machine; what continuous integration runs.
import { Problem, readArguments, runCommand } from '../command/problem';
import { Progress } from '../command/progress';
import { endPrograms } from '../command/run-program';
import { ensureRedisProgram } from '../start/redis-program';
import { CHECKS } from './checks';
import { jestStep } from './jest-step';
import { type Step } from './outcome';
import { runSteps } from './run-steps';
import { summary } from './summary';

/** Two at a time: more would only wait for each other on a small machine. */
const CHECKS_AT_ONCE = 2;

const CRITICAL_PROJECTS = ['critical apps', 'critical libs'];
const COVERAGE = ['--coverage', '--coverageReporters=lcovonly'];
const WORKERS = '--maxWorkers=2';
const CRITICAL = jestStep('critical paths', ['--selectProjects', ...CRITICAL_PROJECTS], [...COVERAGE, WORKERS]);
const UNIT = jestStep('unit and integration tests', ['--ignoreProjects', ...CRITICAL_PROJECTS], [WORKERS]);
/** On the built programs; one suite at a time, see jest.e2e.config.mjs. */
const END_TO_END = jestStep('end-to-end tests', ['--config', 'jest.e2e.config.mjs']);

const INTERRUPTED = 130;

/** Alone: they measure time, and the programs that they start want the machine. */
const SUITES = [CRITICAL, UNIT, END_TO_END];
const STEPS = [...CHECKS, ...SUITES];
const USAGE = `npm test [-- --only <step,…>]; steps: ${STEPS.map(({ name }) => name).join(', ')}`;

function selectSteps(only: string | undefined): ReadonlySet<Step> {
  if (only === undefined) return new Set(STEPS);
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) throw new Problem(`no step is called ${unknown.join(', ')}\nusage: ${USAGE}`);
  return new Set(STEPS.filter(({ name }) => names.includes(name)));
}

function interrupt(): void {
  endPrograms();
  process.exit(INTERRUPTED);
}

await runCommand(async () => {
  const { values } = readArguments({ options: { only: { type: 'string' } } }, USAGE);
  const selected = selectSteps(values.only);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
  const progress = new Progress();
  if (SUITES.some((step) => selected.has(step))) await progress.step('Redis', ensureRedisProgram, (file) => file);
  const outcomes = [
    ...(await runSteps(
      CHECKS.filter((step) => selected.has(step)),
      CHECKS_AT_ONCE,
      progress,
    )),
    ...(await runSteps(
      SUITES.filter((step) => selected.has(step)),
      1,
      progress,
    )),
  ];
  const { text, good } = summary(outcomes);
  console.log(text);
  return good ? 0 : 1;
});
