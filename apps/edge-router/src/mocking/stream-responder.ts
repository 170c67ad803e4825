import type { Readable } from 'node:stream';
import { GatewayError } from '@gateway/errors';
import type { GrpcStream } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import type { RouteHandler } from '../pipeline/stage';
import { forward, type ForwardPorts } from '../pipeline/stages/forward';
import type { MockResponder } from '../pipeline/stages/mock';
import { AnswerMaker, preferredProblem } from './answer-maker';
import { faultyStream, faultyTunnel } from './faulty-pipe';
import { LocalStream } from '../streaming/local-stream';
import type { MockedRoute } from './mock-switches';
import { readPreferences } from './preferences';
import { StreamScript } from './stream-script';
import { faultyAnswer, type ResponderPorts } from './unary-responder';

/**
 * Answers the requests of one route whose method streams: plays the service, and leaves it to what forwards to real ones
 * how its clients read it, over HTTP, WebSocket or RPC.
 */
export class StreamResponder implements MockResponder {
  private readonly maker: AnswerMaker;
  private readonly forwarded: RouteHandler;
  /** Of the calls that are about to begin. */
  private readonly scripts = new WeakMap<RequestContext, StreamScript>();

  constructor(
    private readonly route: MockedRoute,
    private readonly ports: ResponderPorts,
    forwarding: ForwardPorts,
  ) {
    this.maker = new AnswerMaker(route, ports);
    const openStream = (context: RequestContext, deadlineMs?: number): GrpcStream => this.open(context, deadlineMs);
    this.forwarded = forward(route, { ...forwarding, openStream });
  }

  isMocking(): boolean {
    return this.ports.switches.reasonFor(this.route) !== null;
  }

  async answer(context: RequestContext): Promise<EdgeResponse> {
    const { route, maker } = this;
    const preferences = readPreferences(context.headers);
    const preferred = preferredProblem(preferences);
    if (preferred !== null) throw preferred;
    const player = maker.playerFor(context);
    const script = new StreamScript({ route, maker, context, preferences, player });
    this.scripts.set(context, script);
    const response = await this.begin(context, script);
    const headers = [...response.headers, 'x-mock', script.source, ...maker.applied(preferences)];
    return player === undefined ? { ...response, headers } : this.withFaults({ ...response, headers }, script);
  }

  private async begin(context: RequestContext, { source }: StreamScript): Promise<EdgeResponse> {
    try {
      return await this.forwarded(context);
    } catch (error) {
      // Of all that is thrown this alone doesn't tell that it is made up.
      const isLate = error instanceof GatewayError && error.code === 'GW_TIMEOUT';
      throw isLate ? new GatewayError('GW_TIMEOUT', { cause: error, headers: ['x-mock', source] }) : error;
    }
  }

  private open(context: RequestContext, deadlineMs?: number): LocalStream {
    const script = this.scripts.get(context)!;
    const { streaming } = this.route.target;
    const options = { clock: this.ports.clock, deadlineMs, headAtOnce: streaming!.client };
    const stream = new LocalStream((call) => script.run(call), options);
    context.onCancel(() => stream.cancel());
    return stream;
  }

  /** What a scenario does to a connection it decides while the answers leave. */
  private withFaults(response: EdgeResponse, script: StreamScript): EdgeResponse {
    const { clock } = this.ports;
    const { body, tunnel } = response;
    const faultNow = () => script.fault;
    if (tunnel !== undefined) return { ...response, tunnel: faultyTunnel(tunnel, faultNow, clock) };
    if (Buffer.isBuffer(body)) return script.fault === null ? response : faultyAnswer(response, script.fault, clock);
    return { ...response, body: faultyStream(body as Readable, faultNow, clock) };
  }
}
