import type { Clock } from '@gateway/clock';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import type { EdgeHandler, EngineEvents } from '../engine';
import type { EngineLimits } from '../limits';
import { refusalOf, type Refusal } from '../refusal';

/** What all connections of one listener share: the handler, the limits and the counts. */
export class Traffic {
  /** Set by a drain: every answer tells its client to go away. */
  draining = false;
  requests = 0;
  tunnels = 0;
  /** Bytes promised to bodies that are being collected. */
  collecting = 0;

  constructor(
    private readonly handler: EdgeHandler,
    readonly limits: EngineLimits,
    readonly clock: Clock,
    private readonly events: EngineEvents,
  ) {}

  /** Whether a body of that length may be collected. A caller that was told so must call `collected`. */
  mayCollect(length: number): boolean {
    const { collectBytes, collectTotalBytes } = this.limits;
    if (length > collectBytes || this.collecting + length > collectTotalBytes) return false;
    this.collecting += length;
    return true;
  }

  collected(length: number): void {
    this.collecting -= length;
  }

  /** Has the handler answer. `respond` is called once, at once when the handler is synchronous. */
  answer(request: EdgeRequest, respond: (response: EdgeResponse) => void): void {
    let answer: EdgeResponse | Promise<EdgeResponse>;
    try {
      answer = this.handler(request);
    } catch (error) {
      answer = this.handlerFailed(error);
    }
    if ('then' in answer) answer.then(respond, (error: unknown) => respond(this.handlerFailed(error)));
    else respond(answer);
  }

  /** The answer to a bug of the handler's, or to a response that can't be written. */
  handlerFailed(error: unknown): EdgeResponse {
    this.events.onHandlerError?.(error);
    return refusalOf(error);
  }

  /** The answer to a request that doesn't reach the handler. */
  refuse(error: unknown, remoteAddress: string): Refusal {
    const refusal = refusalOf(error);
    this.events.onRefused?.(refusal.code, remoteAddress);
    return refusal;
  }
}
