import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import fc from 'fast-check';
import { instanceFixture } from '../lease/lease.fixture';
import { CHECK_BOUNDS, healthCheckProblem, planOf } from './check-plan';

const { HealthCheck_Kind: Kind, Protocol } = registryV1;
/** Of a newer version of the contract. */
const UNKNOWN = 99 as registryV1.HealthCheck_Kind;
type CheckInit = MessageInitShape<typeof registryV1.HealthCheckSchema>;

const instanceWith = (healthCheck?: CheckInit, protocol = Protocol.GRPC): registryV1.Instance =>
  instanceFixture({ protocol, healthCheck: healthCheck && create(registryV1.HealthCheckSchema, healthCheck) });

const BY_DEFAULT = { target: '', intervalMs: 3_000, timeoutMs: 1_000, unhealthyThreshold: 3, healthyThreshold: 1 };

describe('a plan', () => {
  test('is made by protocol when the instance says nothing, or nothing that is understood', () => {
    expect(planOf(instanceWith())).toEqual({ kind: 'grpc', ...BY_DEFAULT });
    expect(planOf(instanceWith(undefined, Protocol.HTTP1))).toEqual({ kind: 'tcp', ...BY_DEFAULT });
    expect(planOf(instanceWith(undefined, Protocol.H2))).toEqual({ kind: 'tcp', ...BY_DEFAULT });
    expect(planOf(instanceWith({ interval: durationFromMs(1) }))).toEqual({ kind: 'grpc', ...BY_DEFAULT });
    expect(planOf(instanceWith({ kind: UNKNOWN }))).toEqual({ kind: 'grpc', ...BY_DEFAULT });
  });

  test('is what the instance asks for', () => {
    const asked: CheckInit = {
      kind: Kind.HTTP,
      target: '/healthz?full',
      interval: durationFromMs(10_000),
      timeout: durationFromMs(2_000),
      unhealthyThreshold: 2,
      healthyThreshold: 4,
    };
    expect(planOf(instanceWith(asked))).toEqual({
      kind: 'http',
      target: '/healthz?full',
      intervalMs: 10_000,
      timeoutMs: 2_000,
      unhealthyThreshold: 2,
      healthyThreshold: 4,
    });
    expect(planOf(instanceWith({ target: 'demo.v1.Demo' }))).toMatchObject({ kind: 'grpc', target: 'demo.v1.Demo' });
    expect(planOf(instanceWith({ kind: Kind.GRPC }, Protocol.H2))).toEqual({ kind: 'grpc', ...BY_DEFAULT });
    expect(planOf(instanceWith({ kind: Kind.TCP }))).toEqual({ kind: 'tcp', ...BY_DEFAULT });
  });

  test('is none when nothing is to be checked', () => {
    expect(planOf(instanceWith({ kind: Kind.NONE }))).toBeNull();
  });
});

test.each<[string, CheckInit]>([
  ['kind', { kind: UNKNOWN }],
  ['target', { kind: Kind.HTTP }],
  ['target', { kind: Kind.HTTP, target: 'healthz' }],
  ['target', { kind: Kind.HTTP, target: '/a b' }],
  ['target', { kind: Kind.HTTP, target: '/a\r\nhost: x' }],
  ['target', { kind: Kind.HTTP, target: `/${'x'.repeat(1_024)}` }],
  ['target', { kind: Kind.GRPC, target: 'ä' }],
  ['target', { kind: Kind.TCP, target: 'x' }],
  ['target', { kind: Kind.NONE, target: 'x' }],
  ['interval', { interval: durationFromMs(999) }],
  ['interval', { interval: durationFromMs(60_001) }],
  ['interval', { interval: durationFromMs(-3_000) }],
  ['timeout', { timeout: durationFromMs(99) }],
  ['timeout', { timeout: durationFromMs(10_001), interval: durationFromMs(60_000) }],
  ['timeout', { timeout: durationFromMs(3_001) }],
  ['unhealthy_threshold', { unhealthyThreshold: 21 }],
  ['healthy_threshold', { healthyThreshold: 21 }],
])('a wrong %s is named: %j', (field, check) => {
  expect(healthCheckProblem(instanceWith(check))).toMatch(new RegExp(`^instance\\.health_check\\.${field}: must be `));
});

test('nothing said is nothing wrong', () => {
  expect(healthCheckProblem(instanceWith())).toBeNull();
  expect(healthCheckProblem(instanceWith({}))).toBeNull();
  expect(healthCheckProblem(instanceWith({}, Protocol.HTTP1))).toBeNull();
});

const durations = fc.option(
  fc.record({
    seconds: fc.bigInt({ min: -100n, max: 1_000n }),
    nanos: fc.integer({ min: -999_999_999, max: 999_999_999 }),
  }),
  { nil: undefined },
);
const checks = fc.record({
  kind: fc.integer({ min: -1, max: 6 }).map((kind) => kind as registryV1.HealthCheck_Kind),
  target: fc.oneof(fc.string(), fc.constantFrom('', '/', '/x', 'demo.v1.Demo')),
  interval: durations,
  timeout: durations,
  unhealthyThreshold: fc.nat(30),
  healthyThreshold: fc.nat(30),
});

test('whatever an instance asks for, it is refused by name or planned within the bounds', () => {
  fc.assert(
    fc.property(checks, fc.constantFrom(Protocol.GRPC, Protocol.HTTP1, Protocol.H2), (check, protocol) => {
      const instance = instanceWith(check, protocol);
      const problem = healthCheckProblem(instance);
      if (problem !== null) expect(problem).toMatch(/^instance\.health_check\.[a-z_]+: /);
      const plan = planOf(instance);
      if (!plan) return;
      const { intervalMs, timeoutMs } = CHECK_BOUNDS;
      expect(plan.intervalMs).toBeGreaterThanOrEqual(intervalMs.min);
      expect(plan.intervalMs).toBeLessThanOrEqual(intervalMs.max);
      expect(plan.timeoutMs).toBeGreaterThanOrEqual(timeoutMs.min);
      expect(plan.timeoutMs).toBeLessThanOrEqual(plan.intervalMs);
      for (const threshold of [plan.unhealthyThreshold, plan.healthyThreshold]) {
        expect(threshold).toBeGreaterThanOrEqual(1);
        expect(threshold).toBeLessThanOrEqual(CHECK_BOUNDS.threshold);
      }
    }),
  );
});
