import { connect } from 'node:net';
import type { Clock } from '@gateway/clock';
import { parseAddress } from '@gateway/config';
import type { Answer } from './ask';

/**
 * Whether somebody takes connections there.
 * @param address `host:port`
 */
export function dial(address: string, timeoutMs: number, clock: Pick<Clock, 'after'>): Promise<Answer> {
  const at = parseAddress(address);
  if (at === null) return Promise.resolve({ kind: 'unreachable', why: `${address} is not an address` });
  return new Promise((resolve) => {
    const socket = connect(at);
    const end = (answer: Answer): void => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = clock.after(timeoutMs, () => end({ kind: 'silent', ms: timeoutMs }));
    socket.once('connect', () => end({ kind: 'reached' }));
    // Stays after the end: an error of a socket that is being closed is nobody's.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'unreachable', why: error.code ?? error.message }),
    );
  });
}
