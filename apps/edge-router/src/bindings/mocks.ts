import type { Edge } from '../edge';
import { Availability } from '../mocking/availability';
import { isMockable, MockSwitches } from '../mocking/mock-switches';
import { RouteResponder } from '../mocking/route-responder';
import type { MockPorts } from '../pipeline/stages/mock';
import type { Services } from './services';

/** What mocks. */
export interface Mocks extends MockPorts {
  readonly switches: MockSwitches;
}

/** Binds what answers in the place of services that aren't there. */
export function bindMocks({ clock }: Edge, { directory, upstreams }: Services): Mocks {
  const availability = new Availability(directory, (route) => upstreams.canServe(route));
  directory?.onChange(({ contracts }) => {
    if (contracts) availability.refresh();
  });
  const switches = new MockSwitches(availability);
  return {
    switches,
    mockFor: (route) => (isMockable(route) ? new RouteResponder(route, { clock, switches }) : null),
  };
}
