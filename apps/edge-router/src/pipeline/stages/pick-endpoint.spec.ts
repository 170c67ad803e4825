import { expect, test } from '@jest/globals';
import { contextOf, endpoint, httpRoute, refusal, run } from '../../pipeline.fixture';
import type { Endpoint } from '../../upstreams/endpoint';
import { pickEndpoint } from './pick-endpoint';

const [a, b] = [endpoint('a'), endpoint('b')];
const picker = {
  next: (except: Endpoint | null) => (except === a ? b : a),
  leastConnected: (except: Endpoint | null) => (except === b ? null : b),
};
const stage = pickEndpoint(httpRoute(), { pickerFor: () => picker });

test('calls take turns, tunnels go where the fewest are', async () => {
  const call = contextOf();
  await run(stage, call);
  expect(call.endpoint).toBe(a);
  expect(call.pickAnother!(a)).toBe(b);
  const tunnel = contextOf({ upgrade: 'websocket' });
  await run(stage, tunnel);
  expect(tunnel.endpoint).toBe(b);
  expect(tunnel.pickAnother!(b)).toBeNull();
});

test('no instance is 503', async () => {
  const none = pickEndpoint(httpRoute(), { pickerFor: () => ({ next: () => null, leastConnected: () => null }) });
  expect(await refusal(none, contextOf())).toMatchObject({ code: 'GW_NO_INSTANCE', context: { retryAfter: 1 } });
});

test('the synthetic route has none to pick', () => {
  expect(pickEndpoint(httpRoute({ target: { kind: 'none' } }), { pickerFor: () => picker })).toBeNull();
});
