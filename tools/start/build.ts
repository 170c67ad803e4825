import { runNx } from '../command/nx';
import { Problem } from '../command/problem';

/** Builds apps, all of them when none is named; what is up to date isn't built again. @throws Problem when one fails */
export async function buildApps(apps: readonly string[], signal: AbortSignal): Promise<void> {
  const named = apps.length > 0 ? ['-p', apps.join(',')] : [];
  const args = ['run-many', '-t', 'build', '--output-style=static', ...named];
  const { code, output } = await runNx(args, { signal });
  signal.throwIfAborted();
  if (code !== 0) throw new Problem(`${output.trim()}\nthe build failed`);
}
