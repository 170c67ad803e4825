import type { Message } from '@bufbuild/protobuf';
import { fromGrpcStatus, GatewayError } from '@gateway/errors';
import { type Decision, type Fault, problemOfStatus, type ScenarioPlayer } from '@gateway/mocking';
import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import type { MockedRoute, MockSwitches } from './mock-switches';
import type { Preferences } from './preferences';
import type { ScenarioBook } from './scenario-book';

/** What decides on answers. */
export interface MakerPorts {
  readonly switches: MockSwitches;
  readonly scenarios: ScenarioBook;
}

/** Which answer to a request. */
export interface AnswerChoice {
  /** What a scenario has decided; null: none has. */
  readonly decision: Decision | null;
  readonly preferences: Preferences;
  /** Of a stream, counted from 0. */
  readonly nth: number;
}

/** An answer, and the value of `x-mock`. */
export interface MadeAnswer {
  readonly message: Message;
  readonly source: 'contract' | 'example' | 'scenario';
}

/** Longest name of a session that is told apart. */
const MAX_SESSION = 128;

const MADE_BY_SCENARIO = ['x-mock', 'scenario'];

/** Makes one route's answers: from its contract, or as a scenario has them. */
export class AnswerMaker {
  /** As scenarios name it. */
  private readonly name: string;

  constructor(
    private readonly route: MockedRoute,
    private readonly ports: MakerPorts,
  ) {
    this.name = route.target.path.slice(1);
  }

  /**
   * Who plays what a request asks for; undefined: nobody.
   * @throws GatewayError GW_BAD_REQUEST when it names a scenario that isn't there
   */
  playerFor({ headers }: RequestContext): ScenarioPlayer | undefined {
    const { switches, scenarios } = this.ports;
    const asked = getHeader(headers, 'x-mock-scenario');
    const player = scenarios.get(asked ?? switches.scenarioOf(this.route));
    if (asked !== undefined && player === undefined)
      throw new GatewayError('GW_BAD_REQUEST', { detail: 'x-mock-scenario: there is no such scenario' });
    return player;
  }

  /** What the scenario does with a message; null: it says nothing about it. */
  play(player: ScenarioPlayer, context: RequestContext, message: Message): Decision | null {
    const decision = player.play({
      method: this.name,
      request: this.route.target.mock.method.requestJson(message),
      header: (name) => getHeader(context.headers, name),
      session: sessionOf(context),
    });
    return decision.rule === null ? null : decision;
  }

  /** @throws GatewayError GW_UPSTREAM_PROTOCOL when what a scenario answers isn't of the method's type */
  make(request: Message, { decision, preferences, nth }: AnswerChoice): MadeAnswer {
    const { method } = this.route.target.mock;
    const planned = decision?.answers[nth];
    // Nothing is made up for what is replaced as a whole: of a replayed stream that would be each of its messages.
    if (planned !== undefined && decision?.exact === true) return asPlanned(() => method.exact(planned));
    const seed = decision?.seed ?? '';
    const choice = { seed: nth === 0 ? seed : `${seed}#${nth}`, example: preferences.example };
    const made = method.answer(request, choice);
    if (decision === null) return made;
    return asPlanned(() => (planned === undefined ? made.message : method.merged(made.message, planned)));
  }

  /** The response fields that tell which preference counts. */
  applied({ example }: Preferences): string[] {
    const { exampleCount } = this.route.target.mock.method;
    return example !== undefined && example < exampleCount ? ['preference-applied', `example=${example}`] : [];
  }
}

function asPlanned(make: () => Message): MadeAnswer {
  try {
    return { message: make(), source: 'scenario' };
  } catch (cause) {
    const detail = `The scenario's answer is not of the method's type: ${(cause as Error).message}`;
    throw new GatewayError('GW_UPSTREAM_PROTOCOL', { detail, cause, headers: MADE_BY_SCENARIO });
  }
}

/** Whose story a request belongs to. */
const sessionOf = ({ headers, principal }: RequestContext): string =>
  (getHeader(headers, 'x-mock-session') ?? principal?.subject ?? '').slice(0, MAX_SESSION);

/** The problem that the request prefers; null: none, or of a status that none has. */
export function preferredProblem({ code }: Preferences): GatewayError | null {
  const problem = code === undefined ? undefined : problemOfStatus(code);
  if (problem === undefined) return null;
  const headers = ['x-mock', 'contract', 'preference-applied', `code=${code}`];
  return new GatewayError(problem, { detail: 'As the request preferred', headers });
}

/** What a scenario has a call fail with; null: it doesn't. */
export function failureOf(fault: Fault | null): GatewayError | null {
  if (fault?.kind === 'grpc') {
    const { code, context } = fromGrpcStatus(fault.status, fault.message);
    return new GatewayError(code, { ...context, headers: MADE_BY_SCENARIO });
  }
  if (fault?.kind === 'http')
    return new GatewayError(fault.code, { detail: fault.message || undefined, headers: MADE_BY_SCENARIO });
  return null;
}

/** What a client of RPC makes of a connection that broke. */
export const connectionBroke = (): GatewayError =>
  new GatewayError('GW_UNAVAILABLE', { detail: 'a scenario broke the connection', headers: MADE_BY_SCENARIO });
