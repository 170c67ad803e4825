import type { Clock } from '@gateway/clock';
import type { RequestContext } from './context';

/** Waits, until the client leaves at the longest: whoever goes on will notice that. */
export function pause(ms: number, context: RequestContext, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    context.onCancel(() => {
      timer.cancel();
      resolve();
    });
  });
}
