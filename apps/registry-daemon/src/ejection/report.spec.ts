import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import fc from 'fast-check';
import { decodeReport, encodeReport, readReport, REPORT_BOUNDS } from './report';

const { Verdict } = registryV1;
type RequestInit = MessageInitShape<typeof registryV1.ReportOutcomesRequestSchema>;
type ObservationInit = Partial<Omit<registryV1.Observation, '$typeName' | 'generation'>> & {
  generation?: MessageInitShape<typeof registryV1.RevisionSchema>;
};

const generation = { epoch: 'e', n: 7n };
const observation = (change: ObservationInit = {}): registryV1.Observation =>
  create(registryV1.ObservationSchema, {
    ...{ service: 'demo-service', id: 'a', generation, verdict: Verdict.ANSWERING, successes: 3 },
    ...change,
  });
const request = (change: RequestInit = {}): registryV1.ReportOutcomesRequest =>
  create(registryV1.ReportOutcomesRequestSchema, { reporter: 'edge-1', observations: [observation()], ...change });
const saidOf = (change: ObservationInit) =>
  readReport(request({ observations: [observation(change)] }))
    .services.get('demo-service')
    ?.get('a');

describe('a report', () => {
  test('is read by service and instance', () => {
    const other = observation({ service: 'other', id: 'b', verdict: Verdict.REFUSING, failures: 2, why: 'refused' });
    const { reporter, validMs, services } = readReport(request({ observations: [observation(), other] }));
    expect([reporter, validMs, [...services.keys()]]).toEqual(['edge-1', 10_000, ['demo-service', 'other']]);
    expect(services.get('demo-service')!.get('a')).toEqual({
      ...{ generation, verdict: Verdict.ANSWERING, fresh: true, why: '' },
    });
    expect(services.get('other')!.get('b')).toMatchObject({ verdict: Verdict.REFUSING, fresh: true, why: 'refused' });
  });

  test('is fresh about what was called since the last one', () => {
    expect(saidOf({ successes: 0, failures: 1 })!.fresh).toBe(false);
    expect(saidOf({ verdict: Verdict.FAILING, successes: 5 })!.fresh).toBe(false);
    expect(saidOf({ verdict: Verdict.FAILING, failures: 1 })!.fresh).toBe(true);
  });

  test('leaves out what says nothing, or nothing that is understood', () => {
    expect(saidOf({ verdict: Verdict.UNSPECIFIED })).toBeUndefined();
    expect(saidOf({ verdict: Verdict.UNSPECIFIED, failures: 3 })).toBeUndefined();
    expect(saidOf({ verdict: Verdict.UNSPECIFIED, failures: 4 })).toMatchObject({ fresh: true });
    expect(saidOf({ verdict: 99 as registryV1.Verdict })).toBeUndefined();
  });

  test('cuts long reasons', () => {
    expect(saidOf({ why: 'x'.repeat(1_000) })!.why).toHaveLength(REPORT_BOUNDS.why);
  });

  test.each<[string, RequestInit]>([
    ['reporter', { reporter: '' }],
    ['reporter', { reporter: 'a b' }],
    ['valid', { valid: durationFromMs(999) }],
    ['valid', { valid: durationFromMs(60_001) }],
    ['observations', { observations: Array.from({ length: 5_001 }, () => observation()) }],
    ['observations[0].service', { observations: [observation({ service: 'a/b' })] }],
    ['observations[1].id', { observations: [observation(), observation({ id: '' })] }],
    ['observations[0].generation', { observations: [observation({ generation: undefined })] }],
    ['observations[0].generation', { observations: [observation({ generation: { epoch: '', n: 1n } })] }],
    ['observations[0].generation', { observations: [observation({ generation: { epoch: 'x'.repeat(129) } })] }],
  ])('with a wrong %s is refused', (field, change) => {
    expect(() => readReport(request(change))).toThrow(
      expect.objectContaining({ code: 'GW_BAD_REQUEST', message: expect.stringContaining(`${field}: must be`) }),
    );
  });
});

const revisions = fc.record({ epoch: fc.string({ maxLength: 140 }), n: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) });
const names = fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9._:-]{0,5}$/), fc.string());
const requests = fc.record({
  reporter: names,
  valid: fc.option(fc.integer({ min: -1_000, max: 70_000 }).map(durationFromMs), { nil: undefined }),
  observations: fc.array(
    fc.record({
      ...{ service: names, id: names, generation: fc.option(revisions, { nil: undefined }), why: fc.string() },
      verdict: fc.integer({ min: -1, max: 5 }).map((verdict) => verdict as registryV1.Verdict),
      ...{ successes: fc.nat(3), failures: fc.nat(3) },
    }),
    { maxLength: 5 },
  ),
});

test('whatever is reported is refused by name, or the same for the next daemon', () => {
  fc.assert(
    fc.property(requests, (init) => {
      try {
        const report = readReport(create(registryV1.ReportOutcomesRequestSchema, init));
        expect(decodeReport(encodeReport(report))).toEqual(report);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});

test('whatever the bytes, they are a report or an error', () => {
  const whole = toBinary(registryV1.ReportOutcomesRequestSchema, request());
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => whole.with(at, value));
  const noise = fc.oneof(fc.uint8Array({ maxLength: 60 }), damaged);
  fc.assert(
    fc.property(noise, (bytes) => {
      try {
        expect(decodeReport(bytes).validMs).toBeGreaterThan(0);
      } catch (error) {
        expect((error as Error).message).not.toBe('');
      }
    }),
  );
});
