/** How long to try, and how often; milliseconds. */
export interface EventuallyOptions {
  /** Default 5000. */
  readonly within?: number;
  /** Default 10. */
  readonly every?: number;
}

/**
 * Tries until `attempt` neither throws nor returns false: the way to wait in a test, instead of sleeping.
 * @returns what the successful attempt returned
 * @throws the last attempt's error when the time is over
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { within = 5_000, every = 10 } = options;
  const end = performance.now() + within;
  for (;;) {
    const result = await outcomeOf(attempt);
    if ('value' in result) return result.value;
    if (performance.now() >= end) throw result.error;
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

async function outcomeOf<T>(attempt: () => T | Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    const value = await attempt();
    return value === false ? { error: new Error(`never became true: ${attempt.toString()}`) } : { value };
  } catch (error) {
    return { error };
  }
}
