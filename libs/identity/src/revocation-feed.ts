import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Clock, Timer } from '@gateway/clock';
import { authV1 } from '@gateway/contracts';
import type { Client } from '@grpc/grpc-js';
import { callServerStream } from './grpc-call';

/** `synced`: every revocation in force has been heard, and new ones arrive. */
export type FeedState = 'connecting' | 'synced';

/** Wait before the stream is opened again, in ms: doubles from the first to the last. */
const RETRY_MS = { first: 100, last: 2_000 } as const;

/** Follows an auth-proxy's revocations, opening the stream again whenever it ends. */
export class RevocationFeed {
  private stream: { cancel(): void } | null = null;
  private retry: Timer | null = null;
  private waitMs: number = RETRY_MS.first;
  private closed = false;

  /** @param on.revoked each revocation, those in force first. @param on.state each change of state */
  constructor(
    private readonly client: Client,
    private readonly clock: Clock,
    private readonly on: { revoked(sessionId: string, until: number): void; state(state: FeedState): void },
  ) {}

  /** Opens the stream. */
  open(): void {
    const stream = callServerStream(this.client, authV1.AuthProxyService.method.watchRevocations, {});
    this.stream = stream;
    stream.on('data', (message: authV1.WatchRevocationsResponse) => this.take(message));
    // A failed stream always says `end` or `error`, and may say both.
    stream.on('error', () => this.again(stream));
    stream.on('end', () => this.again(stream));
  }

  /** Ends it for good. */
  close(): void {
    this.closed = true;
    this.retry?.cancel();
    this.stream?.cancel();
  }

  private take({ sessionId, until, synced }: authV1.WatchRevocationsResponse): void {
    if (until !== undefined) this.on.revoked(sessionId, timestampMs(until));
    if (!synced) return;
    this.waitMs = RETRY_MS.first;
    this.on.state('synced');
  }

  private again(ended: object): void {
    if (this.closed || this.stream !== ended) return;
    this.stream = null;
    this.on.state('connecting');
    this.retry = this.clock.after(this.waitMs, () => this.open());
    this.waitMs = Math.min(this.waitMs * 2, RETRY_MS.last);
  }
}
