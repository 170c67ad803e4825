import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConnectionHealth } from './connection-health';
import { type ConnectionHolder, type ConnectionState, type PooledConnection, Upkeep, jitteredAge } from './upkeep';

interface Fake extends PooledConnection {
  state: ConnectionState;
  inFlight: number;
  idleSince: number;
  expiresAt: number;
}

/** A pool of connections whose state the test sets. */
class FakePool implements ConnectionHolder<Fake> {
  readonly connections: Fake[] = [];
  opened = 0;

  open(): Fake {
    this.opened++;
    const connection: Fake = {
      ...{ state: 'opening', inFlight: 0, idleSince: 0, expiresAt: Infinity },
      health: new ConnectionHealth(),
    };
    this.connections.push(connection);
    return connection;
  }

  retire(connection: Fake): void {
    this.connections.splice(this.connections.indexOf(connection), 1);
  }

  ready(count: number, more: Partial<Fake> = {}): Fake[] {
    return Array.from({ length: count }, () => Object.assign(this.open(), { state: 'ready' }, more));
  }

  settle(): void {
    for (const connection of this.connections) connection.state = 'ready';
  }
}

function create({ min = 0, max = 16, idleMs = 300_000 } = {}) {
  const pool = new FakePool();
  return { pool, upkeep: new Upkeep(pool, { min, max, idleMs }) };
}

const record = ({ health }: Fake, calls: number, failures: number): void => {
  for (let i = 0; i < calls; i++) health.record(i < failures);
};

describe('their number', () => {
  test('is the target, between least and most', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(10), fc.integer({ min: 10, max: 30 }), (target, min, max) => {
        const { pool, upkeep } = create({ min, max });
        upkeep.setTarget(target);
        for (let now = 0; now < 5; now++) {
          upkeep.refill(now);
          pool.settle();
        }
        expect(pool.connections).toHaveLength(Math.max(min, Math.min(max, target)));
      }),
    );
  });

  test('is approached sixteen handshakes at a time', () => {
    const { pool, upkeep } = create({ max: 100 });
    upkeep.setTarget(40);
    upkeep.refill(0);
    upkeep.refill(0);
    expect(pool.connections).toHaveLength(16);
    pool.settle();
    upkeep.opened(0);
    expect(pool.connections).toHaveLength(32);
  });

  test('counts one that idles in place as missing', () => {
    const { pool, upkeep } = create();
    pool.ready(2, { state: 'idle' });
    upkeep.setTarget(2);
    upkeep.refill(0);
    expect(pool.opened).toBe(4);
  });

  test('falls to the target once the surplus has idled for ten seconds, the longest idle first', () => {
    const { pool, upkeep } = create();
    const [first, second, third, busy] = pool.ready(4);
    Object.assign(first!, { idleSince: 3_000 });
    Object.assign(second!, { idleSince: 1_000 });
    Object.assign(third!, { idleSince: 2_000 });
    Object.assign(busy!, { inFlight: 1 });
    upkeep.setTarget(2);
    upkeep.look(10_999);
    expect(pool.connections).toHaveLength(4);
    upkeep.look(13_000);
    expect(pool.connections).toEqual([first, busy]);
  });

  test('falls to the least without a target when nothing has been called for the idle time', () => {
    const { pool, upkeep } = create({ min: 1, idleMs: 60_000 });
    pool.ready(3);
    upkeep.look(59_999);
    expect(pool.connections).toHaveLength(3);
    upkeep.look(60_000);
    expect(pool.connections).toHaveLength(1);
  });

  test('after a failure nothing is opened ahead of need for a second, then two, at most thirty', () => {
    const { pool, upkeep } = create();
    upkeep.setTarget(1);
    const attempts: number[] = [];
    for (let now = 0; now <= 120; now++) {
      upkeep.look(now * 1_000);
      if (pool.connections.length === 0) continue;
      attempts.push(now);
      pool.retire(pool.connections[0]!);
      upkeep.failed(now * 1_000);
      // Of several that were under way together, only the first counts.
      upkeep.failed(now * 1_000);
    }
    expect(attempts).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
    upkeep.opened(120_000);
    expect(pool.connections).toHaveLength(1);
  });
});

describe('an old connection', () => {
  test('retires when its successor is ready, not before', () => {
    const { pool, upkeep } = create();
    const [old] = pool.ready(1, { expiresAt: 5_000, inFlight: 3 });
    upkeep.look(4_999);
    expect(pool.opened).toBe(1);
    upkeep.look(5_000);
    upkeep.look(6_000);
    expect(pool.opened).toBe(2);
    expect(pool.connections).toContain(old);
    pool.settle();
    upkeep.look(7_000);
    expect(pool.connections).toHaveLength(1);
    expect(pool.connections).not.toContain(old);
  });

  test('stays while the endpoint cannot be reached anew, and is tried to be replaced again', () => {
    const { pool, upkeep } = create();
    const [old] = pool.ready(1, { expiresAt: 5_000, inFlight: 1 });
    upkeep.look(5_000);
    pool.connections[1]!.state = 'failing';
    upkeep.look(6_000);
    expect(pool.connections).toContain(old);
    pool.retire(pool.connections[1]!);
    upkeep.failed(6_000);
    upkeep.look(6_500);
    expect(pool.opened).toBe(2);
    upkeep.look(7_000);
    expect(pool.opened).toBe(3);
    upkeep.look(8_000);
    pool.settle();
    upkeep.look(9_000);
    expect(pool.connections).not.toContain(old);
  });

  test('is replaced one at a time', () => {
    const { pool, upkeep } = create();
    pool.ready(4, { expiresAt: 0, inFlight: 1 });
    let most = 0;
    for (let second = 0; second < 20; second++) {
      upkeep.look(second * 1_000);
      most = Math.max(most, pool.connections.length);
      for (const connection of pool.connections) if (connection.state === 'opening') connection.state = 'ready';
    }
    expect(most).toBe(5);
    expect(pool.connections.map(({ expiresAt }) => expiresAt)).toEqual([Infinity, Infinity, Infinity, Infinity]);
  });

  test('reaches an age that differs by 20 % at most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value) => {
        const age = jitteredAge(1_000, () => value);
        expect(age).toBeGreaterThanOrEqual(800);
        expect(age).toBeLessThanOrEqual(1_200);
      }),
    );
  });
});

describe('a connection that fails', () => {
  test('while its siblings do not is replaced', () => {
    const { pool, upkeep } = create();
    const [sick, well] = pool.ready(2, { inFlight: 1 });
    record(sick!, 30, 25);
    record(well!, 30, 1);
    upkeep.look(0);
    pool.settle();
    upkeep.look(1_000);
    expect(pool.connections).not.toContain(sick);
    expect(pool.connections).toContain(well);
    expect(pool.connections).toHaveLength(2);
  });

  test('as its siblings do stays: it is the server', () => {
    const { pool, upkeep } = create();
    for (const connection of pool.ready(2, { inFlight: 1 })) record(connection, 30, 25);
    upkeep.look(0);
    expect(pool.opened).toBe(2);
  });

  test('a few times says nothing', () => {
    const { pool, upkeep } = create();
    const [few, well] = pool.ready(2, { inFlight: 1 });
    record(few!, 5, 5);
    record(well!, 30, 0);
    upkeep.look(0);
    expect(pool.opened).toBe(2);
  });

  test('and has no sibling gets one to be compared with', () => {
    const { pool, upkeep } = create();
    const [alone] = pool.ready(1, { inFlight: 1 });
    record(alone!, 30, 30);
    upkeep.look(0);
    upkeep.look(1_000);
    expect(pool.opened).toBe(2);
    pool.settle();
    record(pool.connections[1]!, 30, 0);
    upkeep.look(2_000);
    pool.settle();
    upkeep.look(3_000);
    expect(pool.connections).not.toContain(alone);
  });

  test('and may have no sibling stays', () => {
    const { pool, upkeep } = create({ max: 1 });
    record(pool.ready(1, { inFlight: 1 })[0]!, 30, 30);
    upkeep.look(0);
    expect(pool.opened).toBe(1);
  });

  test('is forgiven within half a minute', () => {
    const { pool, upkeep } = create();
    const [once, well] = pool.ready(2, { inFlight: 1 });
    record(once!, 30, 30);
    for (let second = 0; second < 30; second++) once!.health.decay();
    record(once!, 20, 0);
    record(well!, 30, 0);
    upkeep.look(0);
    expect(pool.opened).toBe(2);
  });
});
