import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ScenarioPlayer } from '@gateway/mocking';
import type { RequestContext } from '../pipeline/context';
import { type AnswerMaker, failureOf, type MadeAnswer } from './answer-maker';
import { type BodyFault, isBodyFault } from './faulty-body';
import type { LocalCall } from '../streaming/local-stream';
import type { MockedRoute } from './mock-switches';
import type { Preferences } from './preferences';

/** Messages of a service that streams to one request, when no scenario says anything about it. */
const STREAMED = 3;
/** What a client that has said nothing has asked for: the empty message. */
const NOTHING = new Uint8Array(0);

/** What one made-up call is about. */
export interface ScriptParts {
  readonly route: MockedRoute;
  readonly maker: AnswerMaker;
  readonly context: RequestContext;
  readonly preferences: Preferences;
  /** Undefined: no scenario plays. */
  readonly player: ScenarioPlayer | undefined;
}

/** What the service says in one made-up call of a method that streams. */
export class StreamScript {
  /** The value of `x-mock`: before an answer is made, where it will probably be from. */
  source: MadeAnswer['source'];
  /** What is wrong with the connection since the last answer; null: nothing. */
  fault: BodyFault | null = null;

  constructor(private readonly parts: ScriptParts) {
    const { exampleCount } = parts.route.target.mock.method;
    this.source = parts.player !== undefined ? 'scenario' : exampleCount > 0 ? 'example' : 'contract';
  }

  /**
   * A request is answered by several messages; where the client streams, all that it says by one, to what it said first;
   * where both do, each thing that it says by one.
   */
  async *run(call: LocalCall): AsyncGenerator<Uint8Array, void> {
    const { client, server } = this.parts.route.target.streaming!;
    if (client && server) {
      for (let said = await call.hear(); said !== null; said = await call.hear()) yield* this.answers(call, said, 1);
      return;
    }
    const first = (await call.hear()) ?? NOTHING;
    if (client) await heardOut(call);
    yield* this.answers(call, first, server ? STREAMED : 1);
  }

  /** @param count how many when no scenario says */
  private async *answers(call: LocalCall, said: Uint8Array, count: number): AsyncGenerator<Uint8Array, void> {
    const { route, maker, context, preferences, player } = this.parts;
    const { method, mock, streaming } = route.target;
    const request = fromBinary(method.input, said);
    const decision = player === undefined ? null : maker.play(player, context, request);
    await call.wait(Math.max(mock.latencyMs, decision?.latencyMs ?? 0));
    const fault = decision?.fault ?? null;
    this.fault = isBodyFault(fault) ? fault : null;
    const failure = failureOf(fault);
    // What a rule answers comes before what it has the call fail with. One message can't be followed by a failure.
    const planned = streaming!.server ? (decision?.answers.length ?? 0) : 0;
    // A service that streams may say nothing at all, where that is written down.
    const isAll = failure !== null || (streaming!.server && decision?.exact === true);
    const messages = isAll ? planned : planned || count;
    for (let nth = 0; nth < messages; nth++) {
      const { message, source } = maker.make(request, { decision, preferences, nth });
      this.source = source;
      yield toBinary(method.output, message);
    }
    if (failure !== null) throw failure;
  }
}

async function heardOut(call: LocalCall): Promise<void> {
  while ((await call.hear()) !== null);
}
