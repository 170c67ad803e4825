import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { eventually, startFaultyLink, startRedis, type Fault, type TestRedis } from '@gateway/testing';
import { connectRedis, RedisReplyError, RedisUnavailableError, type RedisClient, type RedisState } from './index';

let server: TestRedis;
let redis: RedisClient;

const connect = (overrides: { url?: string; caFile?: string } = {}) =>
  connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock, name: 'spec', ...overrides });

/** How long a call takes to fail, in ms. */
/** The quickest of a few, in milliseconds: the machine may pause at one of them. */
async function timeToFail(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const start = performance.now();
    await expect(call()).rejects.toThrow();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.command('PING').catch(() => server.restart()); // a test may have killed it
  await server.flush();
  redis = connect();
  await redis.ready(5000);
});
afterEach(() => redis.close());

describe('commands', () => {
  test('are sent over TLS and answered', async () => {
    await redis.command('SET', 'gw:{spec}:a', 'x', 'PX', 60_000);
    expect(await redis.command('GET', 'gw:{spec}:a')).toBe('x');
    expect(await redis.commandBuffer('GET', 'gw:{spec}:a')).toEqual(Buffer.from('x'));
    expect(await redis.command('GET', 'gw:{spec}:b')).toBeNull();
  });

  test('carry binary data unchanged', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await redis.command('SET', 'gw:{spec}:bytes', bytes);
    expect(await redis.commandBuffer('GET', 'gw:{spec}:bytes')).toEqual(bytes);
  });

  test('that Redis refuses reject with its code, and the client stays up', async () => {
    await redis.command('SET', 'gw:{spec}:text', 'x');
    await expect(redis.command('LPUSH', 'gw:{spec}:text', 'y')).rejects.toMatchObject({
      name: 'RedisReplyError',
      code: 'WRONGTYPE',
    });
    expect(redis.state()).toBe('up');
  });

  test('work under the restricted access of the development platform', async () => {
    const restricted = await startRedis({ restricted: true });
    const client = connectRedis({ url: restricted.url, caFile: restricted.caFile, clock: systemClock, name: 'spec' });
    try {
      await client.ready(5000);
      expect(await client.command('SET', 'gw:{spec}:a', '1')).toBe('OK');
      await expect(client.command('SET', 'other', '1')).rejects.toMatchObject({ code: 'NOPERM' });
    } finally {
      await client.close();
      await restricted.stop();
    }
  });
});

describe('scripts', () => {
  const script = { name: 'specJoin', lua: `return {KEYS[1], ARGV[1], #KEYS, #ARGV}` };

  test('run with their keys and arguments, and again after the server forgot them', async () => {
    const run = redis.defineScript<unknown[]>(script);
    expect(await run(['gw:{a}'], ['x', 2])).toEqual(['gw:{a}', 'x', 1, 2]);
    await redis.command('SCRIPT', 'FLUSH');
    expect(await run(['gw:{a}'], ['y'])).toEqual(['gw:{a}', 'y', 1, 1]);
  });

  test('answer with buffers when asked to', async () => {
    const run = redis.defineBufferScript<Buffer>({ name: 'specEcho', lua: `return ARGV[1]` });
    const bytes = Buffer.from([0, 255, 13, 10]);
    expect(await run([], [bytes])).toEqual(bytes);
  });

  test('that fail reject with a reply error', async () => {
    const run = redis.defineScript({ name: 'specFail', lua: `return redis.error_reply('WRONG it is')` });
    await expect(run([], [])).rejects.toBeInstanceOf(RedisReplyError);
  });
});

describe('a server that goes away', () => {
  test('makes commands fail at once, and heals within 2 s of its return', async () => {
    const states: RedisState[] = [];
    redis.onStateChange((state) => states.push(state));
    await server.kill();
    await eventually(() => redis.state() === 'down');
    expect(await timeToFail(() => redis.command('GET', 'x'))).toBeLessThan(20);
    await expect(redis.command('GET', 'x')).rejects.toBeInstanceOf(RedisUnavailableError);

    await server.restart();
    const back = performance.now();
    await eventually(() => redis.command('GET', 'x'));
    expect(performance.now() - back).toBeLessThan(2000);
    expect(states).toEqual(['down', 'up']);
  });

  test('rejects what was under way', async () => {
    const run = redis.defineScript({ name: 'specSpin', lua: `while true do end` });
    const pending = run([], []);
    const failed = expect(pending).rejects.toBeInstanceOf(RedisUnavailableError);
    await server.kill();
    await failed;
  });

  test('that stopped answering is noticed within a second, and heals within 2 s', async () => {
    server.pause();
    try {
      await eventually(() => redis.state() === 'down', { within: 1000 });
      expect(await timeToFail(() => redis.command('GET', 'x'))).toBeLessThan(20);
    } finally {
      server.resume();
    }
    await eventually(() => redis.command('GET', 'x'), { within: 2000 });
  });

  test('that stopped answering for long is dialled again and heals within 2 s', async () => {
    server.pause();
    try {
      await new Promise((resolve) => setTimeout(resolve, 3500)); // past the reconnection and a connect timeout
    } finally {
      server.resume();
    }
    await eventually(() => redis.command('GET', 'x'), { within: 2000 });
  });

  test('at the start is waited for', async () => {
    await server.kill();
    const late = connect();
    await expect(late.ready(50)).rejects.toBeInstanceOf(RedisUnavailableError);
    expect(late.epoch()).toBeNull();
    await server.restart();
    await late.ready(2000);
    await late.close();
  });
});

describe('a server that refuses writes', () => {
  test('is read-only: reads work, writes reject, and it is up again when it takes writes', async () => {
    await redis.command('SET', 'gw:{spec}:kept', 'x');
    const write = redis.defineScript({ name: 'specWrite', lua: `return redis.call('SET', KEYS[1], 1)` });
    await server.readonly(true);
    await expect(write(['gw:{spec}:a'], [])).rejects.toMatchObject({ code: 'READONLY', refusesWrites: true });
    expect(redis.state()).toBe('readonly');
    expect(await redis.command('GET', 'gw:{spec}:kept')).toBe('x');

    await server.readonly(false);
    await eventually(() => redis.state() === 'up', { within: 2000 });
    await write(['gw:{spec}:a'], []);
  });

  test('is noticed without anybody writing', async () => {
    await server.readonly(true);
    await eventually(() => redis.state() === 'readonly', { within: 1000 });
    await server.readonly(false);
    await eventually(() => redis.state() === 'up', { within: 2000 });
  });

  test('is looked up again after a while', async () => {
    await server.readonly(true);
    const id = await redis.command('CLIENT', 'ID');
    await eventually(async () => (await redis.command('CLIENT', 'ID')) !== id, { within: 5000 });
    await server.readonly(false);
    await eventually(() => redis.state() === 'up', { within: 2000 });
  });
});

describe('the epoch', () => {
  test('is the same for all clients and changes when the data is lost', async () => {
    const other = connect();
    await other.ready(2000);
    expect(other.epoch()).toBe(redis.epoch());
    await other.close();

    const before = redis.epoch();
    const changes: string[][] = [];
    redis.onEpochChange((epoch, previous) => changes.push([epoch, previous]));
    await server.restart();
    await eventually(() => changes.length === 1);
    expect(changes).toEqual([[redis.epoch(), before]]);
    expect(redis.epoch()).not.toBe(before);
  });

  test('changes when the server is emptied in place', async () => {
    const before = redis.epoch();
    await server.flush();
    await eventually(() => redis.epoch() !== before, { within: 1000 });
  });

  test('survives a lost connection', async () => {
    const before = redis.epoch();
    const states: RedisState[] = [];
    redis.onStateChange((state) => states.push(state));
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => states.join() === 'down,up');
    expect(redis.epoch()).toBe(before);
  });
});

describe('subscriptions', () => {
  test('hand on messages to every handler until it is taken back', async () => {
    const heard: string[] = [];
    let rounds = 0;
    redis.onResubscribed(() => rounds++);
    const stopA = redis.subscribe('gw:{spec}', (message) => heard.push(`a ${message}`));
    const stopB = redis.subscribe('gw:{spec}', (message) => heard.push(`b ${message}`));
    await eventually(() => rounds === 1);
    await redis.command('PUBLISH', 'gw:{spec}', '1');
    await eventually(() => heard.length === 2);
    stopA();
    stopA();
    await redis.command('PUBLISH', 'gw:{spec}', '2');
    await eventually(() => heard.length === 3);
    expect(heard).toEqual(['a 1', 'b 1', 'b 2']);
    stopB();
    await eventually(async () => (await redis.command('PUBLISH', 'gw:{spec}', '3')) === 0);
  });

  test('added later are in force too', async () => {
    const heard: string[] = [];
    redis.subscribe('gw:{one}', () => undefined);
    redis.subscribe('gw:{two}', (message) => heard.push(message));
    await eventually(async () => (await redis.command('PUBLISH', 'gw:{two}', 'x')) === 1);
    await eventually(() => heard.length === 1);
  });

  test('are in force again after a restart, and say so', async () => {
    const heard: string[] = [];
    let rounds = 0;
    redis.onResubscribed(() => rounds++);
    redis.subscribe('gw:{spec}', (message) => heard.push(message));
    await eventually(() => rounds === 1);
    await server.restart();
    await eventually(() => rounds === 2, { within: 2000 });
    await redis.ready(2000);
    await redis.command('PUBLISH', 'gw:{spec}', 'again');
    await eventually(() => heard.includes('again'));
  });
});

describe('refused connections', () => {
  test.each([
    ['a wrong password', () => connect({ url: server.url.replace(server.password, 'wrong') })],
    ['an authority that did not sign the certificate', () => connect({ caFile: undefined })],
  ])('%s: stays down and goes on without noise', async (_why, open) => {
    const client = open();
    await expect(client.ready(400)).rejects.toBeInstanceOf(RedisUnavailableError);
    expect(client.state()).toBe('down');
    await client.close();
  });
});

describe('a link that fails', () => {
  const faults: readonly Fault[] = [
    { kind: 'answer', bytes: 'HTTP/1.1 400 Bad Request\r\n\r\n' },
    { kind: 'answer', bytes: '' },
    { kind: 'reset', afterBytes: 0 },
    { kind: 'reset', afterBytes: 1_000 },
    { kind: 'blackhole' },
    { kind: 'trickle', bytesPerSecond: 40 },
    { kind: 'delay', ms: 3_000 },
  ];

  test.each(faults)('%j: commands fail at once, and it is well again when the link is', async (fault) => {
    const link = await startFaultyLink(server.port);
    const client = connect({ url: server.url.replace(`:${server.port}`, `:${link.port}`) });
    await client.ready(5_000);
    await link.set(fault);
    await eventually(() => client.state() === 'down', { within: 5_000 });
    await expect(client.command('GET', 'x')).rejects.toBeInstanceOf(RedisUnavailableError);
    await link.set({ kind: 'none' });
    await client.ready(5_000);
    await client.close();
    await link.close();
  });
});

describe('closing', () => {
  test('ends both connections and makes commands fail', async () => {
    redis.subscribe('gw:{spec}', () => undefined);
    await eventually(async () => (await redis.command('PUBLISH', 'gw:{spec}', 'x')) === 1);
    await redis.close();
    await expect(redis.command('GET', 'x')).rejects.toThrow('closed');
    const watcher = connect();
    await watcher.ready(2000);
    await eventually(async () => !String(await watcher.command('CLIENT', 'LIST')).includes('sub=1'));
    await watcher.close();
  });
});

test('what happens to the connection is told to the logger, without the password', async () => {
  const lines: string[] = [];
  const write = (details: object, message: string) => lines.push(`${message} ${JSON.stringify(details)}`);
  const client = connectRedis({
    url: server.url,
    caFile: server.caFile,
    clock: systemClock,
    logger: { info: write, warn: write },
  });
  await client.ready(2000);
  await server.restart();
  await eventually(() => lines.some((line) => line.startsWith('redis has lost its data')));
  await eventually(() => client.state() === 'up');
  await client.close();
  expect(lines.filter((line) => line.startsWith('redis is up'))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith('redis cannot be used'))).toHaveLength(1);
  expect(lines.join('\n')).not.toContain(server.password);
});
