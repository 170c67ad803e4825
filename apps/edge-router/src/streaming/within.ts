import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';

/**
 * Waits for something, not for longer than that.
 * @param ms Infinity: as long as it takes
 * @throws GatewayError GW_TIMEOUT, and what the promise rejects with
 */
export async function within<T>(ms: number, clock: Pick<Clock, 'after'>, promise: Promise<T>): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new GatewayError('GW_TIMEOUT')));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
