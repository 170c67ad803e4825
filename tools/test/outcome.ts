/** What one step of `npm test` came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Names of what was skipped, with the reason where there is one. */
  readonly skipped: readonly string[];
  /** Names of suites that failed and then passed alone: to be looked at, though nothing is broken. */
  readonly unsteady?: readonly string[];
  /** Shown when something failed. */
  readonly output: string;
}

/** A check that counts as one. */
export const check = (good: boolean, output: string): Outcome => ({
  passed: good ? 1 : 0,
  failed: good ? 0 : 1,
  skipped: [],
  output,
});

export const skipped = (name: string, why: string): Outcome => ({
  passed: 0,
  failed: 0,
  skipped: [`${name}: ${why}`],
  output: '',
});

/** One step: what `npm test -- --only` calls it, and its work. */
export interface Step {
  readonly name: string;
  /** @param report says how far it is */
  run(report: (progress: string) => void): Promise<Outcome>;
}
