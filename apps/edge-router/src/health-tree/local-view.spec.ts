import { expect, test } from '@jest/globals';
import { finding } from './facts.fixture';
import { localFindings, type LocalView } from './local-view';

const ejected = { reason: 'consecutive', why: '5 failures in a row' };

test.each([
  [{ endpoint: null, breakers: [] }, []],
  [{ endpoint: { state: 'usable' }, breakers: [] }, []],
  // The registry says these, and why.
  [{ endpoint: { state: 'failing', ejected }, breakers: [] }, []],
  [{ endpoint: { state: 'ejected-everywhere', ejected }, breakers: [] }, []],
  [
    { endpoint: { state: 'refusing', ejected: { reason: 'refused', why: 'ECONNREFUSED' } }, breakers: [] },
    [finding('down', "it refuses this edge's connections: ECONNREFUSED")],
  ],
  [
    { endpoint: { state: 'ejected', ejected }, breakers: [] },
    [finding('degraded', 'this edge took it out: 5 failures in a row')],
  ],
  [
    {
      endpoint: { state: 'usable' },
      breakers: [
        { route: 'file:web', state: 'open' },
        { route: 'file:few', state: 'half-open' },
      ],
    },
    [finding('degraded', 'its circuit breaker is open for file:web, half-open for file:few')],
  ],
] satisfies [LocalView, unknown[]][])('%j', (view, findings) => {
  expect(localFindings(view)).toEqual(findings);
});
