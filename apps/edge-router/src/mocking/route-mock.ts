import { systemClock } from '@gateway/clock';
import { type CompiledContract, type CompiledMethod, MockPolicy, type RoutePolicy } from '@gateway/contracts';
import { MethodMock } from '@gateway/mocking';
import { toMilliseconds } from '../pipeline/duration';
import { rulesOf } from '../validation/route-rules';

/** How a route answers in the place of its service. */
export interface RouteMock {
  readonly when: MockPolicy.ALWAYS | MockPolicy.WHEN_UNAVAILABLE;
  readonly method: MethodMock;
  /** The scenario that the policy names; '' none. */
  readonly scenario: string;
  /** How long an answer takes at least, in milliseconds. */
  readonly latencyMs: number;
}

/** What is read of a method's mock. */
export interface MockReading {
  /** Null: the policy doesn't ask for one, or it can't be had. */
  readonly mock: RouteMock | null;
  /** What the route is served without, for its contract's author. */
  readonly problems: readonly string[];
}

const NONE: MockReading = { mock: null, problems: [] };

/**
 * Reads how a method is mocked. Examples are checked here, and a few answers made, so that nothing is left to fail.
 * @param allowed whether this edge may mock at all
 */
export function routeMock(contract: CompiledContract, method: CompiledMethod, allowed: boolean): MockReading {
  const { mock: when, mockOptions: options } = method.policy;
  if (!isMocked(when)) return NONE;
  if (!allowed)
    return { mock: null, problems: ['policy.mock is refused in production: the route is served without it'] };
  const read = readMethod(contract, method, options?.examples ?? []);
  if (read.mock === null)
    return { mock: null, problems: read.problems.map((problem) => `policy.mock_options: ${problem}`) };
  const latencyMs = options?.latency === undefined ? 0 : toMilliseconds(options.latency);
  return { mock: { when, method: read.mock, scenario: options?.scenario ?? '', latencyMs }, problems: [] };
}

function readMethod(contract: CompiledContract, { desc, path }: CompiledMethod, examples: readonly string[]) {
  const { input, output } = desc;
  const { rules } = rulesOf(contract).of(output);
  const check = (message: Parameters<NonNullable<typeof rules>['check']>[0]) => rules?.check(message) ?? null;
  const { registry } = contract;
  return MethodMock.read({ path, input, output, registry, examples, check, now: () => systemClock.now() });
}

const isMocked = (mock: RoutePolicy['mock']): mock is RouteMock['when'] =>
  mock === MockPolicy.ALWAYS || mock === MockPolicy.WHEN_UNAVAILABLE;
