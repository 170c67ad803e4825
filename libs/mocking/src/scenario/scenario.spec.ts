import { describe, expect, test } from '@jest/globals';
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { GrpcStatus } from '@gateway/errors';
import fc from 'fast-check';
import { registry, typeOf } from '../testdata/shapes.fixture';
import { parseScenario, ScenarioError } from './parse';
import { type RecordedCall, recordedScenario } from './recorded';
import { recordedAnswer, recordedRequest } from './recorded-messages';
import { type ScenarioCall, ScenarioPlayer } from './scenario-player';

const GET = 'shop.v1.ShopService/GetItem';
const player = (text: string) => new ScenarioPlayer(parseScenario(text, 'file'));
const call = (
  given: Partial<Omit<ScenarioCall, 'header'>> & { headers?: Record<string, string> } = {},
): ScenarioCall => ({
  method: GET,
  request: {},
  session: '',
  header: (name) => given.headers?.[name],
  ...given,
});
const rule = (playing: ScenarioPlayer, given: Parameters<typeof call>[0] = {}) => playing.play(call(given)).rule;

describe('a rule is for calls', () => {
  test.each<[string, Parameters<typeof call>[0], boolean]>([
    [`method: ${GET}`, {}, true],
    ['method: shop.v1.ShopService/*', {}, true],
    ['method: shop.v1.ShopService/Buy', {}, false],
    ['method: shop.v1.Shop/*', {}, false],
    ['when: { request: { item_id: tea } }', { request: { itemId: 'tea' } }, true],
    ['when: { request: { itemId: tea } }', { request: { itemId: 'jam' } }, false],
    ['when: { request: { count: 0 } }', {}, true],
    ['when: { request: { big: 12 } }', { request: { big: '12' } }, true],
    ['when: { request: { parent.name: P } }', { request: { parent: { name: 'P' } } }, true],
    ['when: { request: { parent.name: P } }', { request: { parent: 'P' } }, false],
    ['when: { request: { n: { gt: 3, lte: 5 } } }', { request: { n: 5 } }, true],
    ['when: { request: { n: { gt: 3 } } }', { request: { n: 3 } }, false],
    ['when: { request: { n: { gte: 3, lt: 4 } } }', { request: { n: '3' } }, true],
    ['when: { request: { n: { gte: 3 } } }', {}, false],
    ['when: { request: { n: { lt: 1 } } }', { request: { n: 1 } }, false],
    ['when: { request: { n: { lte: 0 } } }', { request: { n: 1 } }, false],
    ['when: { request: { s: { in: [a, b] } } }', { request: { s: 'b' } }, true],
    ['when: { request: { s: { in: [a, b] } } }', { request: { s: 'c' } }, false],
    ['when: { request: { s: { matches: "^t.a$" } } }', { request: { s: 'tea' } }, true],
    ['when: { request: { s: { matches: "x" } } }', {}, false],
    ['when: { request: { s: { present: true } } }', {}, false],
    ['when: { request: { s: { present: false } } }', {}, true],
    ['when: { request: { o: { equals: { b: [1], a: null } } } }', { request: { o: { a: null, b: [1] } } }, true],
    ['when: { headers: { X-Tier: gold } }', { headers: { 'x-tier': 'gold' } }, true],
    ['when: { headers: { x-tier: { present: true } } }', {}, false],
  ])('%s', (text, given, expected) => {
    expect(rule(player(`rules: [{ ${text} }]`), given) === 0).toBe(expected);
  });

  test('by their number, of those that it is for otherwise', () => {
    const playing = player(`rules:
      - { method: ${GET}, when: { calls: { from: 2, to: 4, every: 2 } }, fault: { http: 503 } }
      - { when: { calls: { to: 1 } }, fault: { grpc: NOT_FOUND, message: gone } }`);
    expect(rule(playing, { method: 'other.v1.Service/Get' })).toBe(1);
    expect([1, 2, 3, 4, 5, 6].map(() => rule(playing))).toEqual([null, 0, null, 0, null, null]);
  });
});

describe('a session', () => {
  const DOOR = `name: door
initial: open
rules:
  - { in: open, method: door.v1.DoorService/Close, then: closed, answer: { state: "{state}" } }
  - { in: [closed], fault: { grpc: FAILED_PRECONDITION } }`;
  const close = { method: 'door.v1.DoorService/Close' };

  test('goes from state to state by itself', () => {
    const playing = player(DOOR);
    expect(playing.play(call(close)).answers).toEqual([{ state: 'open' }]);
    expect(rule(playing)).toBe(1);
    expect(rule(playing, { session: 'other' })).toBeNull();
    expect(playing.states()).toEqual([
      { session: '', state: 'closed', calls: 2 },
      { session: 'other', state: 'open', calls: 1 },
    ]);
  });

  test('is put into a state, and begins anew', () => {
    const playing = player(DOOR);
    expect([playing.enter('a', 'closed'), playing.enter('a', 'ajar')]).toEqual([true, false]);
    expect(rule(playing, { session: 'a' })).toBe(1);
    playing.reset('a');
    expect(rule(playing, { session: 'a' })).toBeNull();
    playing.enter('a', 'closed');
    playing.reset();
    expect(playing.states()).toEqual([]);
  });

  test('that was used least recently is forgotten when there are too many', () => {
    const playing = player(DOOR);
    playing.enter('first', 'closed');
    playing.enter('kept', 'closed');
    for (let index = 0; index < 998; index++) rule(playing, { session: String(index) });
    rule(playing, { session: 'kept' });
    rule(playing, { session: 'one more' });
    expect(playing.states()).toHaveLength(1_000);
    expect([rule(playing, { session: 'first' }), rule(playing, { session: 'kept' })]).toEqual([null, 1]);
  });
});

describe('an answer', () => {
  test('has what the call says in its texts', () => {
    const playing = player(`rules:
      - answer: { id: "{request.item_id}", text: "{session}: {request.item_id} #{call} {request.parent}", n: "{request.count}", list: ["{request.gone}", 2, null, { in: "#{call}{request.gone}" }], plain: 1 }`);
    const request = { itemId: 'tea', count: 5, parent: { a: 1 } };
    expect(playing.play(call({ request, session: 's' })).answers).toEqual([
      { id: 'tea', text: 's: tea #1 {"a":1}', n: 5, list: ['', 2, null, { in: '#1' }], plain: 1 },
    ]);
  });

  test('is taken as it stands when it is exact', () => {
    const playing = player('rules: [{ exact: true, answer: [{ a: "{call} {x}" }, { b: 2 }] }]');
    expect(playing.play(call())).toMatchObject({ exact: true, answers: [{ a: '{call} {x}' }, { b: 2 }] });
  });
});

test.each([
  ['20ms', 20, 20],
  ['{ uniform: [10ms, 30ms] }', 10, 30],
  ['{ normal: { mean: 100ms, deviation: 10ms } }', 0, 200],
  ['{ lognormal: { median: 50ms, sigma: 0.5 } }', 1, 1_000],
])('latency %s is the same for the same call, and within its bounds', (latency, min, max) => {
  const draws = () => {
    const playing = player(`rules: [{ latency: ${latency} }]`);
    return Array.from({ length: 50 }, () => playing.play(call()).latencyMs);
  };
  expect(draws()).toEqual(draws());
  expect(Math.min(...draws())).toBeGreaterThanOrEqual(min);
  expect(Math.max(...draws())).toBeLessThanOrEqual(max);
  if (min !== max) expect(new Set(draws()).size).toBeGreaterThan(5);
});

describe('a file', () => {
  test('is named after itself when it has no name, and may say what seeds it', () => {
    expect(parseScenario('rules: [{ then: next, fault: { reset: true } }]\nseed: 5', 'file')).toMatchObject({
      name: 'file',
      seed: '5',
      initial: 'start',
      states: ['start', 'next'],
    });
  });

  test.each([
    ['{}', /^rules: /],
    ['rules: []', /^rules: /],
    ['rules: [{ nope: 1 }]', /^rules\[0\]\.nope: is not a key$/],
    ['rules: [{ in: nowhere }]', /^rules\[0\]\.in: nothing leads to the state "nowhere"$/],
    ['rules: [{ method: Get }]', /^rules\[0\]\.method: is not a method/],
    ['rules: [{ latency: soon }]', /^rules\[0\]\.latency: "soon" is not a duration/],
    ['rules: [{ latency: 61s }]', /^rules\[0\]\.latency: "61s" is not a duration/],
    ['rules: [{ latency: { uniform: [2s, 1s] } }]', /^rules\[0\]\.latency: the first is above/],
    ['rules: [{ fault: { http: 299 } }]', /^rules\[0\]\.fault\.http: no problem has the status 299$/],
    ['rules: [{ fault: { grpc: FINE } }]', /^rules\[0\]\.fault\.grpc: /],
    [
      'rules: [{ when: { request: { a: { matches: "(" } } } }]',
      /^rules\[0\]\.when\.request\.a\.matches: is not a pattern/,
    ],
    ['rules: [{ when: { calls: { from: 3, to: 2 } } }]', /^rules\[0\]\.when\.calls: from is above to$/],
    ['rules: [{ answer: { a: "{nope}" } }]', /^rules\[0\]\.answer: "\{nope\}" is none of/],
    ['rules: [', /^line 1: /],
    ['a: 1\na: 2', /^line 2: /],
    ['x'.repeat(5_000_000), /longer/],
    [`a: &a [1]\nrules: [${'*a, '.repeat(200)}]`, /alias/],
  ])('that is wrong is refused, with the key', (text, why) => {
    expect(() => parseScenario(text, 'file')).toThrow(ScenarioError);
    try {
      parseScenario(text, 'file');
    } catch (error) {
      expect((error as ScenarioError).problems[0]).toMatch(why);
    }
  });

  test('is read or refused, whatever it is', () => {
    const words = ['rules', 'when', 'answer', ':', '- ', '{', '}', '[', ']', '\n', '  ', 'fault', '&a', '*a', '"', '1'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), (parts) => {
        try {
          parseScenario(parts.join(' '), 'file');
        } catch (error) {
          expect(error).toBeInstanceOf(ScenarioError);
        }
      }),
    );
  });
});

describe('what was recorded', () => {
  const recorded = (request: JsonObject, answer: JsonObject | null, failure?: number): RecordedCall => ({
    method: GET,
    request,
    answers: answer === null ? [] : [answer],
    failure: failure === undefined ? null : { http: failure },
  });

  test('replays: the same request has the same answers in their order, the last one for good', () => {
    const text = recordedScenario('tape', [
      recorded({}, { id: 'any' }),
      recorded({ itemId: 'tea', parent: { name: 'P' }, tags: ['a'], extra: { 'not a name': 1 } }, { id: '{tea}' }),
      recorded({ itemId: 'jam' }, { id: '1' }),
      recorded({ itemId: 'jam' }, null, 503),
      recorded({ itemId: 'jam' }, { id: '3' }),
    ]);
    const playing = player(text);
    expect(playing.scenario.name).toBe('tape');
    const play = (request: JsonObject) => {
      const { answers, fault } = playing.play(call({ request }));
      return fault === null ? answers[0] : fault;
    };
    const tea = { itemId: 'tea', parent: { name: 'P' }, tags: ['a'], extra: { 'not a name': 1 } };
    expect([play(tea), play({ ...tea, secret: 'x' }), play({})]).toEqual([
      { id: '{tea}' },
      { id: '{tea}' },
      { id: 'any' },
    ]);
    expect([1, 2, 3, 4].map(() => play({ itemId: 'jam' }))).toEqual([
      { id: '1' },
      { kind: 'http', code: 'GW_UNAVAILABLE', message: '' },
      { id: '3' },
      { id: '3' },
    ]);
  });

  test('replays what streams said: all of it in its order, the status behind it, and silence', () => {
    const texts = [{ text: '{1}' }, { text: '2' }];
    const playing = player(
      recordedScenario('tape', [
        { method: GET, request: { itemId: 'tea' }, answers: texts, failure: null },
        { method: GET, request: { itemId: 'jam' }, answers: texts, failure: { grpc: 'ABORTED' } },
        { method: GET, request: { itemId: 'mute' }, answers: [], failure: null },
      ]),
    );
    const play = (itemId: string) => playing.play(call({ request: { itemId } }));
    expect(play('tea')).toMatchObject({ answers: texts, exact: true, fault: null });
    expect(play('jam')).toMatchObject({ answers: texts, fault: { kind: 'grpc', status: GrpcStatus.ABORTED } });
    expect(play('mute')).toMatchObject({ rule: 2, answers: [], exact: true, fault: null });
  });

  test('keeps the order of calls that others resemble', () => {
    const kinds: JsonObject[] = [{}, { count: 2 }, { itemId: 'tea' }, { itemId: 'tea', count: 2 }];
    const requests = [...kinds.flatMap((request) => [request, request]), {}, { itemId: 'tea' }];
    const answers = requests.map((_, nth) => ({ id: String(nth) }));
    const other: RecordedCall = { ...recorded({ extra: true }, { id: 'other' }), method: 'shop.v1.ShopService/Buy' };
    const calls = requests.map((request, nth) => recorded(request, answers[nth]!));
    const playing = player(recordedScenario('tape', [other, ...calls]));
    // Those that say more come in between.
    const shuffled = [8, 1, 0, 2, 3, 9, 6, 4, 7, 5].map((nth) => requests[nth]!);
    const heard = shuffled.map((request) => playing.play(call({ request })).answers[0]!['id']);
    expect(heard).toEqual(['0', '1', '8', '2', '3', '4', '6', '5', '7', '9']);
  });

  test('is replayed as it was, whatever was asked in which order', () => {
    const optional = { requiredKeys: [] };
    const request = fc.record(
      {
        itemId: fc.constantFrom('', 'tea', '{call}'),
        count: fc.constantFrom(0, 1),
        fresh: fc.boolean(),
        parent: fc.record({ name: fc.constantFrom('', 'P'), parent: fc.constant({}) }, optional),
        tags: fc.constantFrom(['a'], ['a', 'b']),
        labels: fc.constantFrom({ 'not a name': 'x' }, { a: 'b' }),
      },
      optional,
    ) as fc.Arbitrary<JsonObject>;
    const method = fc.constantFrom(GET, 'shop.v1.ShopService/Buy');
    fc.assert(
      fc.property(fc.array(fc.tuple(method, request), { minLength: 1, maxLength: 12 }), (asked) => {
        const calls = asked.map(([method, each], nth) => ({ ...recorded(each, { id: String(nth) }), method }));
        const playing = player(recordedScenario('tape', calls));
        const heard = calls.map((each) => playing.play(call({ method: each.method, request: each.request })).answers);
        expect(heard).toEqual(calls.map(({ answers }) => answers));
      }),
    );
  });

  test('holds nothing that mustn’t be shown', () => {
    const request = fromJson(typeOf('GetItemRequest'), { itemId: 'i', secret: 'x', labels: { a: 'b' } });
    expect(recordedRequest(typeOf('GetItemRequest'), request, registry)).toEqual({ itemId: 'i', labels: { a: 'b' } });
    const list = fromJson(typeOf('ListItemsResponse'), { items: [{ id: 'a', secret: 'x' }] });
    expect(recordedRequest(typeOf('ListItemsResponse'), list, registry)).toEqual({});
    expect(recordedAnswer(typeOf('ListItemsResponse'), list, registry)).toMatchObject({
      items: [{ id: 'a', secret: '***', name: '' }],
    });
    const save = fromJson(typeOf('SaveItemRequest'), { item: { id: 'a', secret: 'x', parent: { name: 'p' } } });
    expect(recordedRequest(typeOf('SaveItemRequest'), save, registry)).toEqual({
      item: { id: 'a', parent: { name: 'p' } },
    });
    const others = fromJson(typeOf('Others'), { past: '2026-01-01T00:00:00Z', extra: { a: 1 } }, { registry });
    expect(recordedRequest(typeOf('Others'), others, registry)).toEqual({
      past: '2026-01-01T00:00:00Z',
      extra: { a: 1 },
    });
    const leaves = { leaves: { '1': { left: 'l' } }, tags: ['a'] };
    const whole = fromJson(typeOf('Others'), leaves, { registry });
    expect(recordedRequest(typeOf('Others'), whole, registry)).toEqual(leaves);
  });
});
