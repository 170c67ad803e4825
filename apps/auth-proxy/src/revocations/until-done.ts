import type { Clock } from '@gateway/clock';

/** Wait between tries, in ms. */
const RETRY_MS = 1_000;

/** Something that is tried until it works. */
export interface Retried {
  /** Resolves, in any case, when it was tried once. */
  readonly tried: Promise<void>;
  /** Tries no more. */
  cancel(): void;
}

/** Tries now, and then every second until it works. */
export function untilDone(clock: Clock, attempt: () => Promise<void>): Retried {
  let cancelled = false;
  const again = async (): Promise<void> => {
    try {
      await attempt();
    } catch {
      if (!cancelled) clock.after(RETRY_MS, () => cancelled || void again());
    }
  };
  return { tried: again(), cancel: () => (cancelled = true) };
}
