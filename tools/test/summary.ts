import type { Outcome } from './outcome';

/** The end of `npm test`: what was skipped or unsteady by name, and as the last line what passed and failed. */
export function summary(outcomes: readonly Outcome[]): { text: string; good: boolean } {
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((all, each) => all + count(each), 0);
  const [passed, failed] = [sum((each) => each.passed), sum((each) => each.failed)];
  const skipped = outcomes.flatMap((each) => each.skipped);
  const unsteady = outcomes.flatMap((each) => each.unsteady ?? []);
  const lines = [...skipped.map((name) => `SKIPPED ${name}`), ...unsteady.map((name) => `UNSTEADY ${name}`)];
  lines.push(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  return { text: lines.join('\n'), good: failed === 0 && passed > 0 };
}
