import type { Clock } from '@gateway/clock';
import { GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { OpenStream } from '../../pipeline/forward-stream';
import { type LocalScript, LocalStream } from '../../streaming/local-stream';

/** Streams that the gateway itself answers, at a time. */
const MAX_CALLS = 1_000;

const ending = (): GrpcCallError =>
  new GrpcCallError(GrpcStatus.UNAVAILABLE, 'The gateway is shutting down', false, []);

/**
 * The streams that the gateway itself answers. They cost strangers nothing to hold, so there are only so many; and they
 * have no end of their own, so they are ended when the gateway ends.
 */
export class OpenCalls {
  private readonly calls = new Set<LocalStream>();
  private isEnding = false;

  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly limit = MAX_CALLS,
  ) {}

  /**
   * What begins calls that say what a script says.
   * @param headAtOnce whether the head leaves before anything is said
   * @throws when called, GatewayError GW_OVERLOADED, GW_DRAINING
   */
  opener(script: LocalScript, { headAtOnce }: { readonly headAtOnce: boolean }): OpenStream {
    return (context, deadlineMs) => {
      if (this.isEnding) throw new GatewayError('GW_DRAINING');
      if (this.calls.size >= this.limit)
        throw new GatewayError('GW_OVERLOADED', { detail: 'Too many streams are open already' });
      const onEnd = (): void => void this.calls.delete(stream);
      const stream = new LocalStream(script, { clock: this.clock, deadlineMs, headAtOnce, onEnd });
      this.calls.add(stream);
      context.onCancel(() => stream.cancel());
      return stream;
    };
  }

  /** Ends all calls, each after its last word, and begins no more. */
  endAll(): void {
    this.isEnding = true;
    for (const call of this.calls) call.abort(ending());
  }
}
