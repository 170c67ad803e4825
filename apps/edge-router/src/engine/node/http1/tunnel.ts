import type { Clock } from '@gateway/clock';
import type { Duplex } from 'node:stream';

/** How long the last bytes to one side may take after the other side has closed. */
const FLUSH_MS = 5_000;

/**
 * Joins two connections until either ends. Back-pressure goes both ways, and the end of one side is passed on, so that
 * the other may still say its last words.
 * @param onEnd called once both are closed
 */
export function joinTunnel(client: Duplex, upstream: Duplex, clock: Clock, onEnd: () => void): void {
  let open = 2;
  const watch = (side: Duplex, other: Duplex): void => {
    const closed = (): void => {
      finish(other, clock);
      if (--open === 0) onEnd();
    };
    side.on('error', () => undefined);
    // One that closed before it got here has no events left.
    if (side.closed) closed();
    else side.once('close', closed);
  };
  client.pipe(upstream);
  upstream.pipe(client);
  watch(client, upstream);
  watch(upstream, client);
}

/** Closes a side after what is still to be written to it. */
function finish(side: Duplex, clock: Clock): void {
  if (side.destroyed) return;
  if (side.writableFinished) {
    side.destroy();
    return;
  }
  const timer = clock.after(FLUSH_MS, () => side.destroy());
  side.once('close', () => timer.cancel());
  side.once('finish', () => side.destroy());
  side.end();
}
