import { MockPolicy } from '@gateway/contracts';
import type { GrpcTarget, Route } from '../pipeline/route';
import type { Availability } from './availability';
import type { RouteMock } from './route-mock';

/** A route that may be mocked. */
export type MockedRoute = Route & { readonly target: GrpcTarget & { readonly mock: RouteMock } };

/** Why a route is mocked at this moment; null: it isn't. */
export type MockReason = 'policy' | 'no instance yet' | 'switched on' | null;

/** Whether a route can be mocked at all. */
export const isMockable = (route: Route): route is MockedRoute =>
  route.target.kind === 'grpc' && route.target.mock !== undefined;

/** Which routes are mocked at this moment: by their policy, unless the operator has switched them. */
export class MockSwitches {
  /** By scope: the bindings of one method are switched together. */
  private readonly switched = new Map<string, boolean>();

  constructor(private readonly availability: Pick<Availability, 'neverServed'>) {}

  /** @param on null: as the policy says again */
  set({ scope }: Pick<Route, 'scope'>, on: boolean | null): void {
    if (on === null) this.switched.delete(scope);
    else this.switched.set(scope, on);
  }

  /** As the operator has switched it; null: the policy decides. */
  switchOf({ scope }: Pick<Route, 'scope'>): boolean | null {
    return this.switched.get(scope) ?? null;
  }

  reasonFor(route: MockedRoute): MockReason {
    const switched = this.switched.get(route.scope);
    if (switched !== undefined) return switched ? 'switched on' : null;
    if (route.target.mock.when === MockPolicy.ALWAYS) return 'policy';
    return this.availability.neverServed(route) ? 'no instance yet' : null;
  }
}
