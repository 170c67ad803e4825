import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually, fakeClock, type FakeClock, ScriptedDns } from '@gateway/testing';
import type { InstanceSource } from '../source';
import { DnsSource, type DnsSourceOptions } from './dns-source';
import { dnsResolver } from './resolver';

// A server that is silent is waited for in real time.
jest.setTimeout(30_000);

let dns: ScriptedDns;
let clock: FakeClock;
let source: DnsSource;
let changes: number;

beforeEach(async () => {
  dns = await ScriptedDns.start();
  clock = fakeClock();
  changes = 0;
});

afterEach(() => {
  source.close();
  expect(clock.pending).toBe(0);
  dns.close();
});

const NAME = 'reports.test';

function open(options: Partial<DnsSourceOptions> = {}): void {
  source = new DnsSource({
    service: 'reports',
    question: { name: NAME, port: 8080 },
    protocol: 'http1',
    resolver: dnsResolver([dns.address]),
    clock,
    random: () => 0,
    ...options,
  });
  source.onChange(() => changes++);
}

const a = (address: string, ttl = 10) => ({ address, ttl });
const addresses = (of: InstanceSource = source) => of.instances()?.map(({ address }) => address);
const knows = (...expected: string[]) => eventually(() => expect(addresses()).toEqual(expected));
const isIn = (state: string) => eventually(() => expect(source.status.state).toBe(state));

/** Moves time until something has happened. */
const advanceUntil = (check: () => void, step = 500) =>
  eventually(
    () => {
      clock.advance(step);
      check();
    },
    { within: 10_000 },
  );

/** Lets questions that are under way be answered, then moves time. */
async function settle(asked: number, ms: number): Promise<void> {
  await eventually(() => expect(dns.asked.length).toBeGreaterThanOrEqual(asked));
  await eventually(() => expect(clock.pending).toBe(1));
  clock.advance(ms);
}

describe('addresses', () => {
  test('of both families are found, sorted, in one instance each', async () => {
    dns.set('A', NAME, [a('10.0.0.2'), a('10.0.0.1')]);
    dns.set('AAAA', NAME, [a('fd00::1')]);
    open();
    expect(source.instances()).toBeUndefined();
    expect(source.status.state).toBe('starting');
    await knows('10.0.0.1:8080', '10.0.0.2:8080', '[fd00::1]:8080');
    expect(source.instances()![0]).toEqual({
      ...{ id: 'dns:10.0.0.1:8080', service: 'reports', address: '10.0.0.1:8080', protocol: 'http1' },
      ...{ weight: 1, zone: '', version: '', ready: true },
    });
    expect(source.status.state).toBe('live');
  });

  test('are looked up again when the shortest of their times is over, not before', async () => {
    dns.set('A', NAME, [a('10.0.0.1', 7), a('10.0.0.2', 20)]);
    open();
    await knows('10.0.0.1:8080', '10.0.0.2:8080');
    const first = source.instances();
    await settle(2, 6_999);
    expect(dns.asked).toHaveLength(2);
    dns.set('A', NAME, [a('10.0.0.2', 20), a('10.0.0.1', 7)]);
    clock.advance(1);
    await settle(4, 0);
    // Rotated by the server, the same to us.
    expect(source.instances()).toBe(first);
    expect(changes).toBe(1);
    dns.set('A', NAME, [a('10.0.0.2', 20), a('10.0.0.3', 20)]);
    clock.advance(7_000);
    await knows('10.0.0.2:8080', '10.0.0.3:8080');
    expect(source.instances()![0]).toBe(first![1]);
  });

  test.each([
    ['no sooner than after a second', 0, 0, 1_000],
    ['no later than the longest time', 3_600, 0, 30_000],
    ['up to a tenth later, so that gateways spread', 10, 0.5, 10_500],
  ])('are looked up again %s', async (_what, ttl, chance, expected) => {
    dns.set('A', NAME, [a('10.0.0.1', ttl)]);
    open({ random: () => chance });
    await settle(2, expected - 1);
    expect(dns.asked).toHaveLength(2);
    clock.advance(1);
    await eventually(() => expect(dns.asked).toHaveLength(4));
    await eventually(() => expect(clock.pending).toBe(1));
  });
});

describe('a name server that', () => {
  beforeEach(async () => {
    dns.set('A', NAME, [a('10.0.0.1')]);
    open();
    await knows('10.0.0.1:8080');
    await isIn('live');
  });

  test.each(['SERVFAIL', 'garbage', 'silent'] as const)('fails (%s) leaves the last known good', async (reply) => {
    dns.set('A', NAME, reply);
    dns.set('AAAA', NAME, reply);
    await advanceUntil(() => expect(source.status.state).toBe('stale'));
    expect(source.status).toMatchObject({ why: expect.stringMatching(/^can't be resolved: E[A-Z]+$/) });
    await eventually(() => expect(clock.pending).toBe(1));
    clock.advance(3_600_000);
    expect(addresses()).toEqual(['10.0.0.1:8080']);
    dns.set('AAAA', NAME, []);
    dns.set('A', NAME, [a('10.0.0.9')]);
    await advanceUntil(() => expect(addresses()).toEqual(['10.0.0.9:8080']));
    expect(source.status.state).toBe('live');
  });

  test.each([[[]], ['NXDOMAIN']] as const)('says that there is none (%j) is believed after a while', async (reply) => {
    dns.set('A', NAME, reply);
    dns.set('AAAA', NAME, reply);
    clock.advance(10_000);
    await isIn('stale');
    expect(addresses()).toEqual(['10.0.0.1:8080']);
    let waited = 0;
    while (addresses()!.length > 0 && waited < 60_000) {
      await eventually(() => expect(clock.pending).toBe(1));
      clock.advance(100);
      waited += 100;
      await new Promise(setImmediate);
    }
    expect(waited).toBeGreaterThanOrEqual(29_900);
    expect(waited).toBeLessThan(45_000);
    expect(source.status.state).toBe('live');
  });

  test('has none for a moment only loses nobody', async () => {
    dns.set('A', NAME, 'NXDOMAIN');
    dns.set('AAAA', NAME, 'NXDOMAIN');
    clock.advance(10_000);
    await isIn('stale');
    const before = changes;
    dns.set('A', NAME, [a('10.0.0.1')]);
    await advanceUntil(() => expect(source.status.state).toBe('live'));
    expect(addresses()).toEqual(['10.0.0.1:8080']);
    expect(changes).toBe(before + 1);
  });
});

test('one family that isn’t answered doesn’t hide the other', async () => {
  dns.set('A', NAME, [a('10.0.0.1')]);
  dns.set('AAAA', NAME, 'SERVFAIL');
  open();
  await knows('10.0.0.1:8080');
});

test('a name that never existed is an empty service', async () => {
  dns.set('A', NAME, 'NXDOMAIN');
  dns.set('AAAA', NAME, 'NXDOMAIN');
  open();
  await knows();
  expect(source.status.state).toBe('live');
});

describe('service records', () => {
  const SRV = '_http._tcp.reports.test';
  const srv = (name: string, port: number, priority = 1, weight = 0) => ({
    srv: { name, port, priority, weight },
    ttl: 60,
  });

  test('give ports and weights; only the lowest priority that has an address counts', async () => {
    dns.set('SRV', SRV, [
      srv('backup.test', 9000, 20, 1),
      srv('a.test', 8001, 10, 3),
      srv('b.test', 8002, 10, 0),
      srv('nowhere.test', 8003, 1, 1),
    ]);
    dns.set('A', 'a.test', [a('10.0.0.1')]);
    dns.set('A', 'b.test', [a('10.0.0.2')]);
    dns.set('A', 'backup.test', [a('10.0.0.9')]);
    open({ question: { srv: SRV }, refreshMs: 5_000 });
    await knows('10.0.0.1:8001', '10.0.0.2:8002');
    expect(source.instances()!.map(({ weight }) => weight)).toEqual([3, 1]);
    dns.set('A', 'a.test', []);
    dns.set('A', 'b.test', 'NXDOMAIN');
    await eventually(() => expect(clock.pending).toBe(1));
    clock.advance(5_000);
    await knows('10.0.0.9:9000');
  });

  test('that name one address twice make one instance of it', async () => {
    dns.set('SRV', SRV, [srv('a.test', 8001, 1, 1), srv('b.test', 8001, 1, 5)]);
    dns.set('A', 'a.test', [a('10.0.0.1')]);
    dns.set('A', 'b.test', [a('10.0.0.1')]);
    open({ question: { srv: SRV } });
    await knows('10.0.0.1:8001');
    expect(source.instances()![0]!.weight).toBe(5);
  });

  test('of "." say that there is decidedly none', async () => {
    dns.set('SRV', SRV, [srv('.', 1)]);
    open({ question: { srv: SRV } });
    await knows();
  });
});

test('closed while it is asking, it says nothing more', async () => {
  dns.set('A', NAME, [a('10.0.0.1')]);
  open();
  source.close();
  await eventually(() => expect(dns.asked).toHaveLength(2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([changes, source.instances()]).toEqual([0, undefined]);
});
