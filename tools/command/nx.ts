import { runProgram, type Ended, type RunOptions } from './run-program';

/** No daemon and no workers, which would outlive us when we are interrupted; no screen of its own. */
const QUIET = { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false' };

/** Runs Nx to its end. */
export const runNx = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  runProgram('nx', args, { ...options, env: { ...QUIET, ...options.env } });
