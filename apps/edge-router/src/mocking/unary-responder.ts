import { type Message, toBinary } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import { pause } from '../pipeline/pause';
import type { MockResponder } from '../pipeline/stages/mock';
import { AnswerMaker, connectionBroke, failureOf, type MakerPorts, preferredProblem } from './answer-maker';
import { type BodyFault, FaultyBody, isBodyFault } from './faulty-body';
import type { MockedRoute } from './mock-switches';
import { readPreferences } from './preferences';

/** What answers are made with. */
export interface ResponderPorts extends MakerPorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
}

/** Answers the requests of one route whose method is unary. */
export class UnaryResponder implements MockResponder {
  private readonly maker: AnswerMaker;

  constructor(
    private readonly route: MockedRoute,
    private readonly ports: ResponderPorts,
  ) {
    this.maker = new AnswerMaker(route, ports);
  }

  isMocking(): boolean {
    return this.ports.switches.reasonFor(this.route) !== null;
  }

  async answer(context: RequestContext): Promise<EdgeResponse> {
    const { maker, route } = this;
    const request = context.message!;
    const preferences = readPreferences(context.headers);
    const preferred = preferredProblem(preferences);
    const player = preferred === null ? maker.playerFor(context) : undefined;
    const decision = player === undefined ? null : maker.play(player, context, request);
    await this.wait(Math.max(route.target.mock.latencyMs, decision?.latencyMs ?? 0), context);
    const fault = decision?.fault ?? null;
    const failure = preferred ?? failureOf(fault);
    if (failure !== null) throw failure;
    const { message, source } = maker.make(request, { decision, preferences, nth: 0 });
    context.responseMessage = message;
    const response = this.write(message, ['x-mock', source, ...maker.applied(preferences)]);
    return isBodyFault(fault) ? this.withFault(fault, response) : response;
  }

  private write(message: Message, headers: readonly string[]): EdgeResponse {
    const { front, method, transcoder } = this.route.target;
    // The stage `speak` puts it into the client's protocol.
    if (front === 'rpc')
      return { status: 200, headers: [...headers], body: Buffer.from(toBinary(method.output, message)) };
    return {
      status: 200,
      // No cache may take it for the service's answer, neither ours nor one on the way.
      headers: ['content-type', transcoder.contentTypeOf(message), 'cache-control', 'no-store', ...headers],
      body: transcoder.encode(message),
    };
  }

  /** @throws GatewayError GW_UNAVAILABLE for a client of RPC */
  private withFault(fault: BodyFault, response: EdgeResponse): EdgeResponse {
    // The whole message is yet to be put into the client's protocol: what breaks then is the call.
    if (this.route.target.front !== 'rpc') return faultyAnswer(response, fault, this.ports.clock);
    if (fault.kind === 'slow') return response;
    throw connectionBroke();
  }

  /** @throws GatewayError GW_TIMEOUT at the deadline, as a service that slow would be answered for */
  private async wait(ms: number, context: RequestContext): Promise<void> {
    if (ms === 0) return;
    const left = context.deadlineAt - this.ports.clock.monotonic();
    await pause(Math.max(0, Math.min(ms, left)), context, this.ports.clock);
    if (left <= ms) throw new GatewayError('GW_TIMEOUT', { headers: ['x-mock', 'contract'] });
  }
}

/** An answer whose body, a whole one, has a fault. */
export function faultyAnswer(response: EdgeResponse, fault: BodyFault, clock: Pick<Clock, 'after'>): EdgeResponse {
  const whole = response.body as Buffer;
  // What a cut body lacks shows by its length.
  const length = fault.kind === 'cut' ? ['content-length', String(whole.length)] : [];
  return { ...response, headers: [...response.headers, ...length], body: new FaultyBody(whole, fault, clock) };
}
