import type { Clock } from '@gateway/clock';
import type { healthV1 } from '@gateway/contracts';

/** An instance that is asked how it is. */
export interface Asked {
  /** Names it among all. */
  readonly key: string;
  /** `host:port`, where it takes requests. */
  readonly address: string;
  /** `host:port`, where it speaks gRPC with mutual TLS; null: it doesn't, or nobody says where. */
  readonly grpcAddress: string | null;
  /** The SPIFFE id that it must show; '' where the platform's identities don't reach. */
  readonly expect: string;
}

/** What came of asking. */
export type Answer =
  /** It is of the platform, and told its checks. */
  | { readonly kind: 'report'; readonly report: healthV1.ReportResponse }
  /** It is there. */
  | { readonly kind: 'reached' }
  /** It didn't answer in time, which a busy one may not. */
  | { readonly kind: 'silent'; readonly ms: number }
  /** No connection to it, or not to whom it should be. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** There was no time left to ask. */
  | { readonly kind: 'unasked' };

/** Asks one instance. Never rejects. */
export type Ask = (asked: Asked, timeoutMs: number) => Promise<Answer>;

/** How long one instance may take, in milliseconds. */
export const CALL_MS = 1_000;
/** How long all of them may take together, in milliseconds: the others count as the registry says. */
export const BUDGET_MS = 3_000;
/** How many are asked at once: each costs a TLS handshake, and requests have to get through in between. */
export const AT_ONCE = 64;

/** Asks every instance, several at once; a slow one holds up nobody but the last in the queue. @returns answers by key */
export async function askAll(
  instances: readonly Asked[],
  ask: Ask,
  clock: Pick<Clock, 'monotonic'>,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const end = clock.monotonic() + BUDGET_MS;
  const queue = instances.values();
  const worker = async (): Promise<void> => {
    for (const each of queue) {
      const remaining = end - clock.monotonic();
      answers.set(each.key, remaining > 0 ? await ask(each, Math.min(CALL_MS, remaining)) : { kind: 'unasked' });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, instances.length) }, worker));
  return answers;
}
