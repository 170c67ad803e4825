import { describe, expect, test } from '@jest/globals';
import { dependency, finding, instanceFacts, serviceFacts } from './facts.fixture';
import { judgeInstance, judgePlatform, judgeService } from './verdicts';

/** The table of README.md, row by row. */
describe('an instance', () => {
  test.each([
    ['is ok when nothing speaks against it', {}, 'ok', '', null],
    ['is ok while it starts', { life: 'starting' }, 'ok', 'starting', null],
    ['is ok while it drains', { life: 'draining' }, 'ok', 'draining', null],
    ['is down when a finding says so', { findings: [finding('down', 'gone', 7)] }, 'down', 'gone', 7],
    ['is degraded when a finding says so', { findings: [finding('degraded', 'slow', 7)] }, 'degraded', 'slow', 7],
    [
      'is down with a check that it requires',
      { dependencies: [dependency('disk', { state: 'down', why: 'full', since: 5 })] },
      'down',
      'disk: full',
      5,
    ],
    [
      'is degraded without one that it can do without',
      { dependencies: [dependency('redis', { required: false, state: 'down', why: 'away', since: 5 })] },
      'degraded',
      'redis: away',
      5,
    ],
    [
      'is degraded with a degraded check, required or not',
      { dependencies: [dependency('disk', { state: 'degraded', why: 'nearly full', since: 5 })] },
      'degraded',
      'disk: nearly full',
      5,
    ],
    [
      'is as bad as the worst of it, the first said first',
      {
        findings: [finding('degraded', 'slow'), finding('down', 'gone'), finding('down', 'lost')],
        dependencies: [dependency('disk', { state: 'down', why: 'full' })],
      },
      'down',
      'gone',
      null,
    ],
  ] as const)('%s', (_name, given, state, why, since) => {
    expect(judgeInstance(instanceFacts('a', given))).toMatchObject({ state, why, since });
  });
});

const good = instanceFacts('good');
const slow = (id: string, since: number | null = null) =>
  instanceFacts(id, { findings: [finding('degraded', 'slow', since)] });
const dead = (id: string, since: number | null = null) =>
  instanceFacts(id, { findings: [finding('down', 'gone', since)] });

describe('a service', () => {
  test.each([
    ['is ok when every instance is', [good], 'ok', '', null],
    ['is ok while some start or drain', [good, instanceFacts('b', { life: 'draining' })], 'ok', '', null],
    ['is down without an instance', [], 'down', 'no instance is known', 3],
    [
      'is down when all are, since the last went',
      [dead('a', 5), dead('b', 9)],
      'down',
      'no usable instance: a: gone, b: gone',
      9,
    ],
    [
      'is down when none may be called',
      [instanceFacts('b', { life: 'starting' })],
      'down',
      'no usable instance: b: starting',
      null,
    ],
    [
      'is degraded when one is down, since the first went',
      [good, dead('a', 5), dead('b', 4)],
      'degraded',
      '2 of 3: a: gone, b: gone',
      4,
    ],
    ['is degraded when one is degraded', [good, slow('a', 8)], 'degraded', '1 of 2: a: slow', 8],
    [
      'is degraded, not down, when all are degraded',
      [slow('a'), slow('b')],
      'degraded',
      '2 of 2: a: slow, b: slow',
      null,
    ],
    ['is degraded when its only usable one is', [slow('a'), dead('b')], 'degraded', '2 of 2: a: slow, b: gone', null],
  ] as const)('%s', (_name, instances, state, why, since) => {
    expect(judgeService(serviceFacts('shop', instances, { emptySince: 3 }))).toMatchObject({ state, why, since });
  });

  test('with a hundred dead instances says so in a line', () => {
    const instances = Array.from({ length: 100 }, (_, i) => dead(`i${i}`));
    expect(judgeService(serviceFacts('shop', instances)).why).toBe(
      'no usable instance: i0: gone, i1: gone, i2: gone, 97 more',
    );
  });
});

describe('the platform', () => {
  const ok = serviceFacts('ok', [good]);
  const degraded = (needed: boolean) => serviceFacts('half', [good, dead('b', 6)], { needed });
  const down = (needed: boolean) => serviceFacts('none', [dead('b', 4)], { needed });

  test.each([
    ['is ok when every service is', [ok], 'ok', '', null],
    [
      'is down with a service that routes lead to',
      [ok, degraded(true), down(true)],
      'down',
      'none is down (no usable instance: b: gone)',
      4,
    ],
    [
      'is degraded with one that no route leads to',
      [ok, down(false)],
      'degraded',
      'none is down (no usable instance: b: gone)',
      4,
    ],
    ['is degraded with a degraded service', [degraded(true)], 'degraded', 'half is degraded (1 of 2: b: gone)', 6],
    [
      'is degraded with a degraded service that no route leads to',
      [degraded(false)],
      'degraded',
      'half is degraded (1 of 2: b: gone)',
      6,
    ],
    [
      'names all that is wrong',
      [degraded(true), down(false)],
      'degraded',
      'half is degraded (1 of 2: b: gone); none is down (no usable instance: b: gone)',
      4,
    ],
  ] as const)('%s', (_name, services, state, why, since) => {
    expect(judgePlatform(services.map(judgeService))).toEqual({ state, why, since });
  });
});
