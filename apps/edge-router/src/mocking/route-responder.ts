import type { Clock } from '@gateway/clock';
import { type Message, toBinary } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import { problemOfStatus } from '@gateway/mocking';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import { pause } from '../pipeline/pause';
import type { MockResponder } from '../pipeline/stages/mock';
import type { MockedRoute, MockSwitches } from './mock-switches';
import { type Preferences, readPreferences } from './preferences';

/** What answers are made with. */
export interface ResponderPorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly switches: MockSwitches;
}

/** Answers one route's requests from its contract. */
export class RouteResponder implements MockResponder {
  constructor(
    private readonly route: MockedRoute,
    private readonly ports: ResponderPorts,
  ) {}

  isMocking(): boolean {
    return this.ports.switches.reasonFor(this.route) !== null;
  }

  async answer(context: RequestContext): Promise<EdgeResponse> {
    await this.wait(this.route.target.mock.latencyMs, context);
    const preferences = readPreferences(context.headers);
    refuseAsPreferred(preferences);
    const { method } = this.route.target.mock;
    const { message, source } = method.answer(context.message!, { example: preferences.example });
    const isPreferred = preferences.example !== undefined && preferences.example < method.exampleCount;
    const applied = isPreferred ? ['preference-applied', `example=${preferences.example}`] : [];
    return this.respond(context, message, ['x-mock', source, ...applied]);
  }

  private respond(context: RequestContext, message: Message, headers: readonly string[]): EdgeResponse {
    const { front, method, transcoder } = this.route.target;
    context.responseMessage = message;
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

  /** @throws GatewayError GW_TIMEOUT at the deadline, as a service that slow would be answered for */
  private async wait(ms: number, context: RequestContext): Promise<void> {
    if (ms === 0) return;
    const left = context.deadlineAt - this.ports.clock.monotonic();
    await pause(Math.max(0, Math.min(ms, left)), context, this.ports.clock);
    if (left <= ms) throw new GatewayError('GW_TIMEOUT', { headers: ['x-mock', 'contract'] });
  }
}

/** Answers the problem that the request prefers; a status that has none can't be applied. */
function refuseAsPreferred({ code }: Preferences): void {
  const problem = code === undefined ? undefined : problemOfStatus(code);
  if (problem === undefined) return;
  const headers = ['x-mock', 'contract', 'preference-applied', `code=${code}`];
  throw new GatewayError(problem, { detail: 'As the request preferred', headers });
}
