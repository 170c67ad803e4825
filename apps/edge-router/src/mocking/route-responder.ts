import type { Message } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { fromGrpcStatus, GatewayError } from '@gateway/errors';
import { type Decision, type Fault, problemOfStatus, type ScenarioPlayer } from '@gateway/mocking';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import { pause } from '../pipeline/pause';
import type { MockResponder } from '../pipeline/stages/mock';
import { type BodyFault, FaultyBody, isBodyFault } from './faulty-body';
import type { MockedRoute, MockSwitches } from './mock-switches';
import { messageWriter, type WriteMessages } from './mock-response';
import { type Preferences, readPreferences } from './preferences';
import type { ScenarioBook } from './scenario-book';

/** What answers are made with. */
export interface ResponderPorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly switches: MockSwitches;
  readonly scenarios: ScenarioBook;
}

/** Answers, and the response fields that tell where they are from. */
interface Made {
  readonly messages: readonly Message[];
  readonly headers: readonly string[];
}

/** Messages of a stream that no scenario says anything about. */
const STREAMED = 3;
/** Longest name of a session that is told apart. */
const MAX_SESSION = 128;

/** Answers one route's requests from its contract, or as a scenario has it. */
export class RouteResponder implements MockResponder {
  private readonly write: WriteMessages;

  constructor(
    private readonly route: MockedRoute,
    private readonly ports: ResponderPorts,
  ) {
    this.write = messageWriter(route);
  }

  isMocking(): boolean {
    return this.ports.switches.reasonFor(this.route) !== null;
  }

  async answer(context: RequestContext): Promise<EdgeResponse> {
    const preferences = readPreferences(context.headers);
    const { latencyMs } = this.route.target.mock;
    const preferred = preferredProblem(preferences);
    const decision = preferred === null ? this.play(context) : null;
    await this.wait(Math.max(latencyMs, decision?.latencyMs ?? 0), context);
    if (preferred !== null) throw preferred;
    const fault = decision?.fault ?? null;
    refuse(fault);
    const { messages, headers } = this.make(context, decision, preferences);
    const response = await this.write(context, messages, headers);
    if (!isBodyFault(fault)) return response;
    // The whole message is yet to be put into the client's protocol: what breaks then is the call.
    if (this.route.target.front === 'rpc') return rpcFault(fault, response);
    const whole = response.body as Buffer;
    // What a cut body lacks shows by its length.
    const length = fault.kind === 'cut' ? ['content-length', String(whole.length)] : [];
    const body = new FaultyBody(whole, fault, this.ports.clock);
    return { ...response, headers: [...response.headers, ...length], body };
  }

  /** What the route's scenario does with the request; null: there is none, or it says nothing about it. */
  private play(context: RequestContext): Decision | null {
    const player = this.playerFor(context);
    if (player === undefined) return null;
    const { target } = this.route;
    const decision = player.play({
      method: target.path.slice(1),
      request: target.mock.method.requestJson(context.message!),
      header: (name) => getHeader(context.headers, name),
      session: sessionOf(context),
    });
    return decision.rule === null ? null : decision;
  }

  /** @throws GatewayError GW_BAD_REQUEST when the request names a scenario that isn't there */
  private playerFor({ headers }: RequestContext): ScenarioPlayer | undefined {
    const { switches, scenarios } = this.ports;
    const asked = getHeader(headers, 'x-mock-scenario');
    const player = scenarios.get(asked ?? switches.scenarioOf(this.route));
    if (asked !== undefined && player === undefined)
      throw new GatewayError('GW_BAD_REQUEST', { detail: 'x-mock-scenario: there is no such scenario' });
    return player;
  }

  private make(context: RequestContext, decision: Decision | null, { example }: Preferences): Made {
    const { method } = this.route.target.mock;
    const streams = this.route.target.streaming?.server === true;
    const planned = decision?.answers ?? [];
    const count = streams ? planned.length || STREAMED : 1;
    const seed = decision?.seed ?? '';
    const isPreferred = example !== undefined && example < method.exampleCount;
    const made = Array.from({ length: count }, (_, nth) =>
      method.answer(context.message!, { seed: nth === 0 ? seed : `${seed}#${nth}`, example }),
    );
    const applied = isPreferred ? ['preference-applied', `example=${example}`] : [];
    const source = decision === null ? made[0]!.source : 'scenario';
    const messages = made.map(({ message }, nth) => this.asPlanned(message, planned[nth], decision?.exact ?? false));
    return { messages, headers: ['x-mock', source, ...applied] };
  }

  /** @throws GatewayError GW_UPSTREAM_PROTOCOL when what a scenario answers isn't of the method's type */
  private asPlanned(message: Message, planned: Decision['answers'][number] | undefined, exact: boolean): Message {
    if (planned === undefined) return message;
    const { method } = this.route.target.mock;
    try {
      return exact ? method.exact(planned) : method.merged(message, planned);
    } catch (cause) {
      const detail = `The scenario's answer is not of the method's type: ${(cause as Error).message}`;
      throw new GatewayError('GW_UPSTREAM_PROTOCOL', { detail, cause, headers: MADE_BY_SCENARIO });
    }
  }

  /** @throws GatewayError GW_TIMEOUT at the deadline, as a service that slow would be answered for */
  private async wait(ms: number, context: RequestContext): Promise<void> {
    if (ms === 0) return;
    const left = context.deadlineAt - this.ports.clock.monotonic();
    await pause(Math.max(0, Math.min(ms, left)), context, this.ports.clock);
    if (left <= ms) throw new GatewayError('GW_TIMEOUT', { headers: ['x-mock', 'contract'] });
  }
}

/** @throws GatewayError GW_UNAVAILABLE, which is what a client of RPC makes of a connection that broke */
function rpcFault({ kind }: BodyFault, response: EdgeResponse): EdgeResponse {
  if (kind === 'slow') return response;
  throw new GatewayError('GW_UNAVAILABLE', { detail: 'a scenario broke the connection', headers: MADE_BY_SCENARIO });
}

const MADE_BY_SCENARIO = ['x-mock', 'scenario'];

/** Whose story a request belongs to. */
const sessionOf = ({ headers, principal }: RequestContext): string =>
  (getHeader(headers, 'x-mock-session') ?? principal?.subject ?? '').slice(0, MAX_SESSION);

/** The problem that the request prefers; null: none, or of a status that none has. */
function preferredProblem({ code }: Preferences): GatewayError | null {
  const problem = code === undefined ? undefined : problemOfStatus(code);
  if (problem === undefined) return null;
  const headers = ['x-mock', 'contract', 'preference-applied', `code=${code}`];
  return new GatewayError(problem, { detail: 'As the request preferred', headers });
}

/** @throws GatewayError when the scenario has the call fail */
function refuse(fault: Fault | null): void {
  if (fault?.kind === 'grpc') {
    const { code, context } = fromGrpcStatus(fault.status, fault.message);
    throw new GatewayError(code, { ...context, headers: MADE_BY_SCENARIO });
  }
  if (fault?.kind === 'http')
    throw new GatewayError(fault.code, { detail: fault.message || undefined, headers: MADE_BY_SCENARIO });
}
