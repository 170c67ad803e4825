import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { HealthRegistry } from './health';

describe('a health check', () => {
  test('is down until its owner reports, and tells since when it is what it is', () => {
    const clock = fakeClock({ now: 0 });
    const health = new HealthRegistry(clock);
    const redis = health.add('redis', { required: false });
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    expect(health.checks()).toEqual([
      { name: 'redis', required: false, state: 'down', why: 'not known yet', since: at(0) },
    ]);
    clock.advance(1_000);
    redis.ok('7.0.15');
    expect(health.checks()).toMatchObject([{ state: 'ok', why: '7.0.15', since: at(1) }]);
    clock.advance(1_000);
    redis.ok();
    expect(health.checks()).toMatchObject([{ state: 'ok', why: '', since: at(1) }]);
    redis.degraded('slow');
    expect(health.checks()).toMatchObject([{ state: 'degraded', why: 'slow', since: at(2) }]);
    redis.down('refused');
    expect(health.checks()).toMatchObject([{ state: 'down', why: 'refused', since: at(2) }]);
  });

  test('has a name of its own', () => {
    const health = new HealthRegistry(fakeClock());
    health.add('redis', { required: false });
    expect(() => health.add('redis', { required: true })).toThrow('there is a health check redis already');
  });
});

test('only what is required and down makes a service unready', () => {
  const health = new HealthRegistry(fakeClock());
  expect(health.ready).toBe(true);
  health.add('redis', { required: false }).down('refused');
  const store = health.add('store', { required: true });
  expect(health.ready).toBe(false);
  store.degraded('slow');
  expect(health.ready).toBe(true);
});

test('listeners hear of changes of state, not of reasons', () => {
  const health = new HealthRegistry(fakeClock());
  let heard = 0;
  health.onChange(() => (heard += 1));
  const check = health.add('redis', { required: false });
  check.down('refused');
  check.down('refused again');
  expect(heard).toBe(1);
  check.ok();
  expect(heard).toBe(2);
});
