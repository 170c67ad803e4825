import { MockPolicy } from '@gateway/contracts';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';
import type { ForwardPorts } from './forward';

/** What answers a route's requests in the place of its service. */
export interface MockResponder {
  /** Whether it answers at this moment. */
  isMocking(): boolean;
  answer(context: RequestContext): EdgeResponse | Promise<EdgeResponse>;
}

/** Where answers are made. */
export interface MockPorts {
  /**
   * Null: the route is never mocked.
   * @param forwarding what writes the streams of services, and made-up ones as well
   */
  readonly mockFor: (route: Route, forwarding: ForwardPorts) => MockResponder | null;
}

/**
 * Answers from the contract, when the policy asks for it or no instance has served the method yet. Everything above is as
 * with the real service; nothing below is reached, so that no made-up answer is ever stored.
 */
export function mock(route: Route, ports: MockPorts & ForwardPorts): RouteStage | null {
  const responder = ports.mockFor(route, ports);
  if (responder === null) return null;
  return (next) => (context) => (responder.isMocking() ? responder.answer(context) : next(context));
}

/** When answers are made up, and whether they are now. */
export const describeMock = (route: Route, _context: RequestContext, ports: MockPorts & ForwardPorts): Settings => ({
  when: MockPolicy[route.policy.mock]!,
  answersNow: ports.mockFor(route, ports)!.isMocking(),
});
