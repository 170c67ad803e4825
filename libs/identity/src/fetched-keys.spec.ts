import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { FetchedKeys } from './index';

const AGES = { freshMs: 1_000, staleMs: 10_000, cooldownMs: 100 };

async function jwk(kid: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair('ES256');
  return { ...(await exportJWK(publicKey)), kid };
}

/** A source whose key set and health a test changes. */
class Source {
  keys: JWK[] = [];
  failure: unknown = null;
  fetches = 0;

  readonly fetch = async (): Promise<JSONWebKeySet> => {
    this.fetches += 1;
    if (this.failure !== null) throw this.failure;
    return { keys: this.keys };
  };
}

async function start(...kids: string[]) {
  const clock = fakeClock();
  const source = new Source();
  source.keys = await Promise.all(kids.map(jwk));
  const keys = new FetchedKeys(source.fetch, clock, AGES);
  return { clock, source, keys, find: async (kid: string) => (await keys.find({ alg: 'ES256', kid })).found };
}

/** Lets a fetch in the background end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('fetches once and serves from memory; parallel questions share the fetch', async () => {
  const { source, find } = await start('a');
  expect(await Promise.all([find('a'), find('a')])).toEqual(['key', 'key']);
  expect(await find('a')).toBe('key');
  expect(source.fetches).toBe(1);
});

test('an unknown key id fetches again, at most once per cooldown', async () => {
  const { clock, source, find } = await start('a');
  await find('a');
  source.keys.push(await jwk('b'));
  expect(await find('b')).toBe('none');
  expect(source.fetches).toBe(1);
  clock.advance(AGES.cooldownMs);
  expect(await find('b')).toBe('key');
  expect(await find('c')).toBe('none');
  expect(source.fetches).toBe(2);
});

test('old keys are fetched again in the background while the known ones serve', async () => {
  const { clock, source, find } = await start('a');
  await find('a');
  clock.advance(AGES.freshMs + 1);
  source.keys = [await jwk('b')];
  expect(await find('a')).toBe('key');
  await settle();
  expect(source.fetches).toBe(2);
  expect(await find('b')).toBe('key');
  expect(await find('a')).toBe('none');
});

test('while the source is down known keys serve, unknown ones are undecidable', async () => {
  const { clock, source, find, keys } = await start('a');
  await find('a');
  source.failure = new Error('refused');
  clock.advance(AGES.freshMs + 1);
  expect(await find('a')).toBe('key');
  await settle();
  expect(await find('made-up')).toBe('unavailable');
  clock.advance(AGES.cooldownMs);
  expect(await keys.find({ alg: 'ES256', kid: 'made-up' })).toEqual({
    found: 'unavailable',
    why: 'the keys could not be fetched: refused',
  });
});

test('keys that are too old decide nothing, until the source is back', async () => {
  const { clock, source, find } = await start('a');
  await find('a');
  source.failure = 'no reason';
  clock.advance(AGES.staleMs + 1);
  expect(await find('a')).toBe('unavailable');
  source.failure = null;
  clock.advance(AGES.cooldownMs);
  expect(await find('a')).toBe('key');
});

test('without ever having had keys nothing is decided, and a source that answers nonsense counts as down', async () => {
  const { clock, source, find } = await start();
  source.keys = null as never;
  expect(await find('a')).toBe('unavailable');
  source.keys = [await jwk('a')];
  clock.advance(AGES.cooldownMs);
  expect(await find('a')).toBe('key');
});
