import type { Clock, Timer } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';

/**
 * Waits for something, not for longer than that.
 * @param ms Infinity: as long as it takes
 * @param since what the time counts from; left out: from now
 * @throws GatewayError GW_TIMEOUT, and what the promise rejects with
 */
export async function within<T>(
  ms: number,
  clock: Pick<Clock, 'after'>,
  promise: Promise<T>,
  since?: Promise<void>,
): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  return new Promise((resolve, reject) => {
    let timer: Timer | null = null;
    let settled = false;
    const start = (): void => {
      if (!settled) timer = clock.after(ms, () => reject(new GatewayError('GW_TIMEOUT')));
    };
    if (since === undefined) start();
    else void since.then(start);
    promise.then(resolve, reject).finally(() => {
      settled = true;
      timer?.cancel();
    });
  });
}
