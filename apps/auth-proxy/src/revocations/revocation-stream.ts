import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { GatewayError } from '@gateway/errors';
import type { Revocation, RevocationSet } from '@gateway/identity';

/** How many revocations may wait for a slow watcher. It is cut then, and hears everything again on its next watch. */
const MAX_WAITING = 10_000;

const messageOf = ({ sessionId, until }: Revocation) => ({ sessionId, until: timestampFromMs(until) });

/**
 * Every revocation in force, one `synced` message, then each as it happens.
 * @param signal ends it
 */
export async function* watchRevocations(set: RevocationSet, signal: AbortSignal) {
  let waiting: Revocation[] = [];
  let wake = (): void => undefined;
  // Listening begins before the present is read, so that nothing falls between.
  const stop = set.onRevoked((revocation) => {
    if (waiting.length <= MAX_WAITING) waiting.push(revocation);
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    for (const revocation of set.inForce()) yield messageOf(revocation);
    yield { synced: true };
    while (!signal.aborted) {
      if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      if (waiting.length > MAX_WAITING) throw new GatewayError('GW_OVERLOADED', { detail: 'The watcher is too slow' });
      const news = waiting;
      waiting = [];
      for (const revocation of news) yield messageOf(revocation);
    }
  } finally {
    stop();
  }
}
