const STEP_MS = 20;

/**
 * Tries `attempt` until it doesn't throw, and returns what it returned.
 * @param within milliseconds until the last error is thrown; default 5 s
 */
export async function eventually<T>(attempt: () => T | Promise<T>, { within = 5000 } = {}): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }
}
