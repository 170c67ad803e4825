import { expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { eventually } from '@gateway/testing';
import { Readable } from 'node:stream';
import { answer, contextOf, endpoint, httpRoute, refusal, run } from '../../pipeline.fixture';
import type { Endpoint } from '../../upstreams/endpoint';
import type { Pick } from '../../upstreams/endpoint-picker';
import { pickEndpoint } from './pick-endpoint';

const [a, b] = [endpoint('a'), endpoint('b')];

/** Picks what isn't avoided, and notes what picks are told. */
function recorder() {
  const told: string[] = [];
  const pickOf = (picked: Endpoint): Pick => ({
    endpoint: picked,
    answered: () => told.push(`${picked.id} answered`),
    ended: ({ kind, why }) => told.push(`${picked.id} ${kind}: ${why}`),
  });
  const picker = { pick: (_: unknown, avoid: readonly Endpoint[]) => pickOf(avoid.includes(a) ? b : a) };
  return { told, stage: pickEndpoint(httpRoute(), { pickerFor: () => picker }) };
}

test('says where the attempt goes, elsewhere than where it failed', async () => {
  const { stage } = recorder();
  const first = contextOf();
  await run(stage, first);
  expect(first.endpoint).toBe(a);
  const again = contextOf({}, { avoid: [a] });
  await run(stage, again);
  expect(again.endpoint).toBe(b);
});

test.each(['at once', 'later'])('an answer that is whole ends the attempt %s', async (when) => {
  const { told, stage } = recorder();
  const response = answer({ body: Buffer.from('x') });
  await run(stage, contextOf(), () => (when === 'later' ? Promise.resolve(response) : response));
  expect(told).toEqual(['a answered', 'a ok: answered']);
  await run(stage, contextOf(), () => answer({ status: 503 }));
  expect(told.slice(2)).toEqual(['a answered', 'a failed: status 503']);
});

test('a body that streams keeps the endpoint busy to its end', async () => {
  const { told, stage } = recorder();
  const body = Readable.from([Buffer.from('x')]);
  await run(stage, contextOf(), () => answer({ body }));
  expect(told).toEqual(['a answered']);
  body.resume();
  await eventually(() => expect(told).toEqual(['a answered', 'a ok: answered']));
});

test('an answer that nobody wants any more ends, too, and is not held against the endpoint', async () => {
  const { told, stage } = recorder();
  const body = new Readable({ read: () => undefined });
  await run(stage, contextOf(), () => answer({ body }));
  body.destroy();
  await eventually(() => expect(told).toEqual(['a answered', 'a ok: answered']));
});

test('an answer that was over before it got here ends at once', async () => {
  const { told, stage } = recorder();
  const body = Readable.from([]);
  body.destroy();
  await eventually(() => expect(body.closed).toBe(true));
  await run(stage, contextOf(), () => answer({ body }));
  expect(told).toEqual(['a answered', 'a ok: answered']);
});

test('an answer that breaks off is held against the endpoint', async () => {
  const { told, stage } = recorder();
  const body = new Readable({ read: () => undefined });
  body.on('error', () => undefined);
  await run(stage, contextOf(), () => answer({ body }));
  body.destroy(new GatewayError('GW_UPSTREAM_PROTOCOL'));
  await eventually(() => expect(told).toEqual(['a answered', 'a failed: GW_UPSTREAM_PROTOCOL']));
});

test.each(['at once', 'later'])('a failure ends the attempt %s', async (when) => {
  const { told, stage } = recorder();
  const error = new GatewayError('GW_TIMEOUT');
  const fail = () => {
    if (when === 'later') return Promise.reject(error);
    throw error;
  };
  expect(await refusal(stage, contextOf(), fail)).toBe(error);
  expect(told).toEqual(['a failed: GW_TIMEOUT']);
});

test('no instance is 503', async () => {
  const none = pickEndpoint(httpRoute(), { pickerFor: () => ({ pick: () => null }) });
  expect(await refusal(none, contextOf())).toMatchObject({ code: 'GW_NO_INSTANCE', context: { retryAfter: 1 } });
});

test('the synthetic route has none to pick', () => {
  const route = httpRoute({ target: { kind: 'none' } });
  expect(pickEndpoint(route, { pickerFor: () => ({ pick: () => null }) })).toBeNull();
});
