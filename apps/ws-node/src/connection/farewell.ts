import type { Clock } from '@gateway/clock';
import type { DisconnectCode } from '../disconnects';
import type { Session } from './session';
import type { Sessions } from './sessions';

/** How sockets are sent away. */
export interface FarewellOptions {
  readonly clock: Clock;
  readonly sessions: Pick<Sessions, 'all' | 'size'>;
  readonly disconnect: (session: Session, code: DisconnectCode) => void;
  /** Over which time, in ms. */
  readonly periodMs: number;
  /** From 0 (included) to 1 (excluded). */
  readonly random?: () => number;
}

/** Between two waves, in ms. */
const WAVE_MS = 100;

/** How long clients may take to close after the last wave, in ms. */
const LINGER_MS = 1_000;

/**
 * Sends all sockets elsewhere in waves, in random order, so that the other nodes get their handshakes spread over the
 * period. Resolves when they are gone, or a second after the last wave.
 */
export async function sendAway(options: FarewellOptions): Promise<void> {
  const { clock, sessions, disconnect, periodMs, random = Math.random } = options;
  const waiting = shuffled(sessions.all(), random);
  const perWave = Math.ceil((waiting.length * WAVE_MS) / periodMs);
  while (waiting.length > 0) {
    for (const session of waiting.splice(0, perWave)) disconnect(session, 'draining');
    if (waiting.length > 0) await clock.sleep(WAVE_MS);
  }
  const until = clock.monotonic() + LINGER_MS;
  while (sessions.size > 0 && clock.monotonic() < until) await clock.sleep(WAVE_MS / 10);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
