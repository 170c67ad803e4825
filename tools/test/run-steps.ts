import type { Progress } from '../command/progress';
import { check, type Outcome, type Step } from './outcome';

const TICK_MS = 500;

/** Runs steps, some at once, in their order; what failed is shown with its output. */
export async function runSteps(steps: readonly Step[], atOnce: number, progress: Progress): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const running = new Map<Step, string>();
  const began = performance.now();
  const queue = [...steps];
  const ticking = setInterval(() => progress.pending(listed(running), began), TICK_MS);
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step; step = queue.shift()) outcomes.push(await runStep(step, running, progress));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  clearInterval(ticking);
  return outcomes;
}

async function runStep(step: Step, running: Map<Step, string>, progress: Progress): Promise<Outcome> {
  const began = performance.now();
  running.set(step, '');
  const outcome = await step.run((text) => running.set(step, text)).catch(crashed);
  running.delete(step);
  if (outcome.failed > 0) progress.failed(step.name, began, `${counts(outcome)}\n${outcome.output.trimEnd()}`);
  else progress.done(step.name, began, counts(outcome));
  return outcome;
}

/** A step that throws has failed, whatever it was to check. */
const crashed = (error: unknown): Outcome =>
  check(false, error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Of a check that is one thing, only that it was skipped is news. */
function counts({ passed, failed, skipped }: Outcome): string {
  const parts = passed + failed > 1 ? [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : [])] : [];
  if (skipped.length > 0) parts.push(passed + failed === 0 ? 'SKIPPED' : `${skipped.length} skipped`);
  return parts.join(', ');
}

const listed = (running: ReadonlyMap<Step, string>): string =>
  [...running].map(([step, text]) => (text === '' ? step.name : `${step.name}: ${text}`)).join(', ');
