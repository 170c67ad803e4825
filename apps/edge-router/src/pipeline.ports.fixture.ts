import { responseCache } from '@gateway/cache';
import { memoryEventBus } from '@gateway/events';
import { memoryLimiter } from '@gateway/rate-limit';
import { fakeClock } from '@gateway/testing';
import { answer, NO_CALLS } from './pipeline.fixture';
import type { PipelinePorts } from './pipeline/pipeline';
import { ResilienceState } from './resilience/resilience-state';

/** Ports of an edge alone, in front of one HTTP upstream that always answers the same. */
export function standalonePorts(): PipelinePorts {
  const clock = fakeClock();
  const events = memoryEventBus({ clock });
  const cache = responseCache({ clock, events, maxBytes: 1 << 16 });
  const state = new ResilienceState(clock);
  return {
    clock,
    observerFor: () => ({ started: () => undefined, ended: () => undefined }),
    legacyRateLimitHeaders: false,
    pathVersionOf: () => null,
    pathInVersion: () => null,
    callersOf: () => () => undefined,
    limiter: memoryLimiter({ clock }),
    authenticator: null,
    permissions: null,
    shadowCountFor: () => () => undefined,
    bodyLimit: 1_000,
    origin: 'edge',
    invalidateLocally: (event) => cache.invalidateLocally(event),
    publish: (event) => events.publish(event),
    onUnpublished: () => undefined,
    mockFor: () => null,
    recorderFor: () => null,
    cache,
    random: () => 0.5,
    sheds: () => false,
    shedCounterFor: () => () => undefined,
    budgetFor: (service) => state.budgetFor(service),
    latencyFor: (route) => state.latencyFor(route),
    endpointCount: () => 0,
    retryMetricsFor: () => ({ retried: () => undefined, exhausted: () => undefined, hedged: () => undefined }),
    pickerFor: () => ({ pick: () => null }),
    loadsFor: (service) => state.loadsFor(service),
    bulkheadFor: (route) => state.bulkheadFor(route),
    breakersFor: (route, options) => state.breakersFor(route, options),
    grpc: NO_CALLS,
    http: { send: () => Promise.resolve(answer()), tunnel: () => Promise.resolve(answer()) },
    tunnelOpened: () => () => undefined,
  };
}
