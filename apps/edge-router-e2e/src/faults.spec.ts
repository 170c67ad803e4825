import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startEdge, type Fault, type RunningEdge } from '@gateway/testing';
import { Agent, request } from 'undici';
import { BODY, startFaultyUpstream, type FaultyUpstream } from './faulty-upstreams';

/** Time for one attempt: a hung instance costs that once or a few times, until it is given up. */
const PER_TRY = '0.7s';
/** Calls beyond which a broken instance must have been given up. */
const GIVEN_UP_AFTER = 20;

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['refuses connections', { kind: 'refuse' }],
  ['swallows everything', { kind: 'blackhole' }],
  ['hangs after the request', { kind: 'hang' }],
  ['resets in the head', { kind: 'reset', afterBytes: 12 }],
  ['resets in the body', { kind: 'reset', afterBytes: 250 }],
  ['answers one byte per second', { kind: 'trickle', bytesPerSecond: 1 }],
  ['answers less than it says', { kind: 'answer', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort' }],
  ['answers with something else', { kind: 'answer', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' }],
];

const routes = (upstreams: readonly FaultyUpstream[]): string => `defaults:
  policy: { auth: { mode: NONE }, timeout: 10s, retry: { perTryTimeout: ${PER_TRY} } }
routes:
  - id: faulty
    match: { path: "/{rest=**}" }
    upstream: { urls: [${upstreams.map(({ link }) => `"http://127.0.0.1:${link.port}"`).join(', ')}], protocol: http1 }
`;

interface Seen {
  readonly status: number;
  readonly body: string;
  readonly servedBy: string;
}

let dispatcher: Agent;
beforeAll(() => {
  dispatcher = new Agent({ pipelining: 1 });
});
afterAll(() => dispatcher.close());

let calls = 0;
async function call(edge: RunningEdge, method: 'GET' | 'POST'): Promise<Seen> {
  const id = `call-${++calls}`;
  const { statusCode, headers, body } = await request(`${edge.httpUrl}/x`, {
    method,
    headers: { 'x-call': id },
    body: method === 'POST' ? 'a body' : undefined,
    dispatcher,
  });
  return { status: statusCode, body: await body.text(), servedBy: String(headers['x-served-by']) };
}

/** Calls, three at a time: as many retries as a service with little traffic may have under way. */
async function many(count: number, one: () => Promise<Seen>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const worker = async (): Promise<void> => {
    while (count-- > 0) seen.push(await one());
  };
  await Promise.all(Array.from({ length: 3 }, worker));
  return seen;
}

describe.each(FAULTS)('one of three instances %s', (_name, fault) => {
  let upstreams: FaultyUpstream[];
  let edge: RunningEdge;

  beforeAll(async () => {
    upstreams = await Promise.all(['a', 'b', 'c'].map(startFaultyUpstream));
    edge = await startEdge({ routes: routes(upstreams) });
    // Everyone has open connections, as in real life.
    await eventually(async () => {
      const served = new Set((await many(12, () => call(edge, 'GET'))).map(({ servedBy }) => servedBy));
      expect(served.size).toBe(3);
    });
    await upstreams[0]!.link.set(fault);
  });
  afterAll(async () => {
    await edge?.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });

  test('reads are answered whole by the others, and it is given up', async () => {
    const first = await many(GIVEN_UP_AFTER * 3, () => call(edge, 'GET'));
    expect(first.filter(({ status, body }) => status !== 200 || body !== BODY)).toEqual([]);
    const before = upstreams[0]!.link.accepted;
    const later = await many(60, () => call(edge, 'GET'));
    expect(later.filter(({ status, body }) => status !== 200 || body !== BODY)).toEqual([]);
    expect(later.every(({ servedBy }) => servedBy !== 'a')).toBe(true);
    // It may be tried now and then, to see whether it is back.
    expect(upstreams[0]!.link.accepted - before).toBeLessThan(6);
  });

  test('writes are never carried out twice', async () => {
    const answers = await many(30, () => call(edge, 'POST'));
    for (const { status } of answers) expect([200, 502, 503, 504]).toContain(status);
    const carriedOut = upstreams.flatMap((upstream) => upstream.calls.filter((id) => id !== ''));
    expect(new Set(carriedOut.slice(-60)).size).toBe(carriedOut.slice(-60).length);
  });
});

test('an instance that refused is used again within two seconds of its return', async () => {
  const upstreams = await Promise.all(['a', 'b'].map(startFaultyUpstream));
  const edge = await startEdge({ routes: routes(upstreams) });
  try {
    await upstreams[0]!.link.set({ kind: 'refuse' });
    await many(40, () => call(edge, 'GET'));
    await upstreams[0]!.link.set({ kind: 'none' });
    const back = async (): Promise<void> =>
      expect((await many(6, () => call(edge, 'GET'))).some(({ servedBy }) => servedBy === 'a')).toBe(true);
    await eventually(back, { within: 2_000 });
  } finally {
    await edge.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  }
});

test('when all of them are gone the answer is quick and honest, and they serve as soon as they are back', async () => {
  const upstreams = await Promise.all(['a', 'b'].map(startFaultyUpstream));
  const edge = await startEdge({ routes: routes(upstreams) });
  try {
    for (const { link } of upstreams) await link.set({ kind: 'refuse' });
    const answers = await many(30, () => call(edge, 'GET'));
    for (const { status, body } of answers) {
      expect([502, 503]).toContain(status);
      expect(JSON.parse(body)).toMatchObject({ status, code: expect.stringMatching(/^GW_/) });
    }
    for (const { link } of upstreams) await link.set({ kind: 'none' });
    await eventually(async () => expect((await call(edge, 'GET')).status).toBe(200), { within: 2_000 });
  } finally {
    await edge.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  }
});
