import { authAbilities } from '../config';
import type { Edge } from '../edge';
import { Availability } from '../mocking/availability';
import { isMockable, MockSwitches } from '../mocking/mock-switches';
import type { Mocks } from '../mocking/mocks';
import { isRecordable, Recorder } from '../mocking/recorder';
import { StreamResponder } from '../mocking/stream-responder';
import { UnaryResponder } from '../mocking/unary-responder';
import { ScenarioBook } from '../mocking/scenario-book';
import { readScenarios, ScenarioFolderError, WatchedScenarios } from '../mocking/scenario-folder';
import type { Services } from './services';

/** Binds what answers in the place of services that aren't there. */
export function bindMocks(edge: Edge, { directory, upstreams }: Services): Mocks {
  const { clock, config } = edge;
  const availability = new Availability(directory, (route) => upstreams.canServe(route));
  directory?.onChange(({ contracts }) => {
    if (contracts) availability.refresh();
  });
  const switches = new MockSwitches(availability);
  const scenarios = new ScenarioBook();
  if (config.mockScenarios !== undefined) followScenarios(edge, config.mockScenarios, scenarios);
  const recorder = new Recorder(clock);
  const allowed = authAbilities(config).mocks === true;
  const ports = { clock, switches, scenarios };
  return {
    allowed,
    switches,
    scenarios,
    recorder,
    mockFor: (route, forwarding) => {
      if (!isMockable(route)) return null;
      if (route.target.streaming === undefined) return new UnaryResponder(route, ports);
      return new StreamResponder(route, ports, forwarding);
    },
    recorderFor: (route) => (allowed && isRecordable(route) ? recorder.recorderFor(route) : null),
  };
}

/** Wrong at the start: the configuration's check has said so. Wrong later: the last ones stay, and health says why. */
function followScenarios({ clock, health, lifecycle, logger }: Edge, folder: string, scenarios: ScenarioBook): void {
  const check = health.add('scenarios', { required: false });
  scenarios.replace(readScenarios(folder));
  check.ok();
  const watched = new WatchedScenarios(folder, clock, (sources) => {
    if (sources instanceof ScenarioFolderError) {
      check.degraded(`the scenarios cannot be used, the last ones stay: ${sources.message}`);
      logger.error({ err: sources }, 'the scenarios cannot be used: the last ones stay');
      return;
    }
    scenarios.replace(sources);
    check.ok();
    logger.info({ folder }, 'the scenarios were read again');
  });
  lifecycle.onStop(() => watched.close(), 'scenarios');
}
