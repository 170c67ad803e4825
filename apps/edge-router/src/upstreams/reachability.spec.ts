import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { eventually, fakeClock, freePort } from '@gateway/testing';
import { createServer, type Server } from 'node:net';
import { contextOf, endpoint, httpRoute } from '../pipeline.fixture';
import { Reachability, tcpProbe } from './reachability';
import { upstreamsOf } from './upstreams.fixture';
import type { UpstreamsOptions } from './upstreams';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listen(port: number, host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as { port: number }).port;
}

/** Two endpoints of `web` with their probes; `up` says what a probe finds. */
function probed(given: Partial<UpstreamsOptions> = {}) {
  const clock = fakeClock();
  const world = { up: false, probes: 0, answer: null as null | Promise<boolean> };
  const probe = (): Promise<boolean> => {
    world.probes++;
    return world.answer ?? Promise.resolve(world.up);
  };
  const reachability = new Reachability({ clock, random: () => 0, probe });
  const told: string[] = [];
  const { upstreams, fixed } = upstreamsOf([], {
    clock,
    listenerFor: (ledger) => ({
      ended: () => undefined,
      ejected: (tracked, ejection) => reachability.ejected(ledger, tracked, ejection),
      returned: ({ id }) => told.push(id),
    }),
    ...given,
  });
  fixed.replace(new Map([['web', [endpoint('a'), endpoint('b')]]]));
  const ledger = upstreams.ledgerOf('web');
  const [a] = ledger.endpoints;
  const refuse = (): void => {
    for (let i = 0; i < 2; i++) ledger.begin(a!).ended({ kind: 'refused', why: 'ECONNREFUSED' });
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      // What a probe found is told in the next turns.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  };
  return { clock, world, told, upstreams, fixed, ledger, a: a!, refuse, pass };
}

test('an endpoint that refused connections is back within a second of accepting them, without a request', async () => {
  const { world, told, a, refuse, pass } = probed();
  refuse();
  expect(a.standing).toBe('unreachable');
  await pass(60_000);
  expect(world.probes).toBe(120);
  expect(told).toEqual([]);
  world.up = true;
  await pass(1_000);
  expect(told).toEqual(['a']);
  expect(a.standing).toBe('usable');
  await pass(10_000);
  expect(world.probes).toBe(121);
});

test('one whose port is open but that goes on refusing is tried less and less often', async () => {
  const { world, told, refuse, pass } = probed();
  world.up = true;
  for (const ms of [500, 1_000, 2_000, 4_000]) {
    refuse();
    const before = told.length;
    await pass(ms - 100);
    expect(told).toHaveLength(before);
    await pass(100);
    expect(told).toHaveLength(before + 1);
  }
  await pass(10_000);
  refuse();
  await pass(500);
  expect(told).toHaveLength(5);
});

test('a call that gets through, or the end of the endpoint, ends the probes', async () => {
  const { clock, world, ledger, a, fixed, upstreams, refuse, pass } = probed();
  refuse();
  ledger.begin(a).ended({ kind: 'ok', why: 'answered' });
  await pass(5_000);
  expect(world.probes).toBe(0);
  refuse();
  fixed.replace(new Map([['web', [endpoint('b')]]]));
  upstreams.all();
  await pass(5_000);
  expect(world.probes).toBe(0);
  expect(clock.pending).toBe(0);
});

test('what a probe finds after a call was quicker counts for nothing', async () => {
  const { clock, world, told, ledger, a, refuse, pass } = probed();
  let find: (isReached: boolean) => void = () => undefined;
  world.answer = new Promise((resolve) => (find = resolve));
  refuse();
  await pass(500);
  ledger.begin(a).ended({ kind: 'ok', why: 'answered' });
  expect(told).toEqual(['a']);
  find(false);
  await pass(5_000);
  expect([world.probes, clock.pending, told.length]).toEqual([1, 0, 1]);
});

test('ejections for other reasons are not probed', async () => {
  const { clock, ledger, a } = probed();
  for (let i = 0; i < 5; i++) ledger.begin(a).ended({ kind: 'failed', why: 'x' });
  expect(a.standing).toBe('withheld');
  expect(clock.pending).toBe(0);
});

test('an address is reached when something accepts connections there', async () => {
  const probe = tcpProbe(systemClock);
  const port = await listen(0);
  expect(await probe(`127.0.0.1:${port}`)).toBe(true);
  expect(await probe(`localhost:${port}`)).toBe(true);
  expect(await probe(`127.0.0.1:${await freePort()}`)).toBe(false);
  expect(await probe('does-not-exist.invalid:80')).toBe(false);
  expect(await probe(`[::1]:${await freePort()}`)).toBe(false);
  expect(await probe('not an address')).toBe(false);
});

test('an address that takes too long is not reached', async () => {
  const clock = fakeClock();
  // RFC 5737: nobody answers there.
  const found = tcpProbe(clock)('192.0.2.1:81');
  await eventually(() => expect(clock.pending).toBe(1));
  clock.advance(500);
  expect(await found).toBe(false);
});

test('a picker uses an endpoint again once it accepts connections', async () => {
  const port = await freePort();
  const reachability = new Reachability({ clock: systemClock, random: () => 0, probe: tcpProbe(systemClock) });
  const { upstreams, fixed } = upstreamsOf([], {
    clock: systemClock,
    listenerFor: (ledger) => ({
      ended: () => undefined,
      ejected: (tracked, ejection) => reachability.ejected(ledger, tracked, ejection),
      returned: () => undefined,
    }),
  });
  fixed.replace(new Map([['web', [endpoint('a', { address: `127.0.0.1:${port}` }), endpoint('b')]]]));
  const picker = upstreams.pickerFor(httpRoute());
  const [a, b] = upstreams.endpoints('web');
  for (let i = 0; i < 2; i++) picker.pick(contextOf(), [b!])!.ended({ kind: 'refused', why: 'x' });
  expect(picker.pick(contextOf(), [])!.endpoint).toBe(b);
  await listen(port);
  const began = systemClock.monotonic();
  await eventually(() => expect(picker.pick(contextOf(), [])!.endpoint).toBe(a));
  expect(systemClock.monotonic() - began).toBeLessThan(2_000);
});
