/** Whether a message holds more than `max` values, counted no further than that. */
export function holdsMoreThan(message: object, max: number): boolean {
  let left = max;
  const visit = (value: unknown): void => {
    left -= 1;
    if (left < 0 || typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    for (const key in value) {
      visit((value as Record<string, unknown>)[key]);
      if (left < 0) return;
    }
  };
  visit(message);
  return left < 0;
}
