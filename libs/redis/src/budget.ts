import type { Clock } from '@gateway/clock';
import { RedisUnavailableError } from './errors';

/**
 * The call's result, if it comes in time. When the time is up, the answers that already wait in the socket are read
 * first: a process that was stalled itself must not blame the store. What comes later is ignored.
 * @throws RedisUnavailableError when it doesn't; else what the call threw
 */
export async function withinBudget<T>(clock: Clock, budgetMs: number, call: () => Promise<T>): Promise<T> {
  const pending = call();
  let expire: () => void;
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(new RedisUnavailableError(`The store didn't answer within ${budgetMs} ms`));
  });
  let timer = clock.after(budgetMs, () => (timer = clock.after(0, expire)));
  try {
    return await Promise.race([pending, expired]);
  } finally {
    timer.cancel();
  }
}
