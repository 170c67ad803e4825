import { runProgram, type Ended, type RunOptions } from './run-program';

/** Runs Nx without its daemon, which would outlive us, and without its screen. */
export const runNx = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  runProgram('nx', args, { ...options, env: { NX_DAEMON: 'false', NX_TUI: 'false', ...options.env } });
