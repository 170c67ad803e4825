/** Exit codes, as sysexits.h has them. */
export const EXIT = {
  ok: 0,
  /** The command line is wrong. */
  usage: 64,
  /** What was given can't be used: a contract that doesn't compile, or that the registry refuses. */
  data: 65,
  /** The registry or the edge can't be reached. */
  unreachable: 69,
  /** The registry says that this identity may not. */
  forbidden: 77,
} as const;

/** What ends a command: one line for people, and the exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
