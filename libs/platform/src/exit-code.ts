/** Why the process ended (sysexits.h where it has a word for it). */
export const ExitCode = {
  OK: 0,
  /** A port was busy, a shutdown hung, a start failed. */
  FAILED: 1,
  /** EX_USAGE: the configuration is wrong. */
  WRONG_CONFIG: 64,
  /** EX_SOFTWARE: an error that nobody handled; the process is in no known state. */
  SOFTWARE: 70,
} as const;
