import { MockPolicy } from '@gateway/contracts';
import type { GrpcTarget, Route } from '../pipeline/route';
import type { Availability } from './availability';
import type { RouteMock } from './route-mock';

/** A route that may be mocked. */
export type MockedRoute = Route & { readonly target: GrpcTarget & { readonly mock: RouteMock } };

/** Why a route is mocked at this moment; null: it isn't. */
export type MockReason = 'policy' | 'no instance yet' | 'switched on' | null;

/** How the operator has switched a route. */
export interface MockSwitch {
  /** Null: the policy decides. */
  readonly on: boolean | null;
  /** Null: the policy's scenario; '' none. */
  readonly scenario: string | null;
}

/** Whether a route can be mocked at all. */
export const isMockable = (route: Route): route is MockedRoute =>
  route.target.kind === 'grpc' && route.target.mock !== undefined;

const UNTOUCHED: MockSwitch = { on: null, scenario: null };

/** Which routes are mocked at this moment, and how: by their policy, unless the operator has switched them. */
export class MockSwitches {
  /** By scope: the bindings of one method are switched together. */
  private readonly switched = new Map<string, MockSwitch>();

  constructor(private readonly availability: Pick<Availability, 'neverServed'>) {}

  /** Switches what is given; the rest stays. */
  set({ scope }: Pick<Route, 'scope'>, change: Partial<MockSwitch>): void {
    this.switched.set(scope, { ...this.of({ scope }), ...change });
  }

  of({ scope }: Pick<Route, 'scope'>): MockSwitch {
    return this.switched.get(scope) ?? UNTOUCHED;
  }

  reasonFor(route: MockedRoute): MockReason {
    const { on } = this.of(route);
    if (on !== null) return on ? 'switched on' : null;
    if (route.target.mock.when === MockPolicy.ALWAYS) return 'policy';
    return this.availability.neverServed(route) ? 'no instance yet' : null;
  }

  /** The name of the scenario that the route plays; '' none. */
  scenarioOf(route: MockedRoute): string {
    return this.of(route).scenario ?? route.target.mock.scenario;
  }
}
