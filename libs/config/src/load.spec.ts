import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  ConfigError,
  Secret,
  address,
  addresses,
  adminFields,
  choice,
  defineConfig,
  duration,
  file,
  flag,
  folder,
  formatAddress,
  host,
  integer,
  json,
  list,
  loadConfig,
  parseAddress,
  path,
  platformFields,
  port,
  redisFields,
  registryFields,
  secret,
  size,
  text,
  url,
  type Environment,
  type Field,
} from './index';

/** What one field makes of one value. */
function valueOf<T>(field: Field<T>, raw: string | undefined, extra: Environment = {}): T {
  const definition = defineConfig({ app: 'app', prefix: 'APP_', fields: { field } });
  return loadConfig(definition, { [field.env]: raw, ...extra }).field as T;
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const doc = 'x';
const dir = mkdtempSync(join(tmpdir(), 'config-'));
const existing = join(dir, 'a.txt');
writeFileSync(existing, '');
const missing = join(dir, 'missing');
const limits = z.array(z.strictObject({ name: z.string(), max: z.number().int() }));

/** What it shows, the field, the value of its variable, and what comes of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- fields of any type
type Case<R> = [string, Field<any>, string, R];

const good: Case<unknown>[] = [
  ['integer', integer('APP_X', { doc }), '42', 42],
  ['integer below 0, where allowed', integer('APP_X', { doc, min: -5 }), '-5', -5],
  ['duration', duration('APP_X', { doc }), '10s', 10_000],
  ['size', size('APP_X', { doc }), '64KiB', 65_536],
  ['text', text('APP_X', { doc }), 'a b', 'a b'],
  ['text with a pattern', text('APP_X', { doc, pattern: /^a+$/ }), 'aa', 'aa'],
  ['choice', choice('APP_X', ['a', 'b'], { doc }), 'b', 'b'],
  ['flag true', flag('APP_X', { doc }), 'true', true],
  ['flag false', flag('APP_X', { doc, default: true }), 'false', false],
  ['list', list('APP_X', { doc }), ' a, b,,c ', ['a', 'b', 'c']],
  ['port', port('APP_X', { doc }), '0', 0],
  ['port that may be off', port('APP_X', { doc, default: 1, off: true }), '8080', 8080],
  ['port that is off', port('APP_X', { doc, default: 1, off: true }), '', null],
  ['address', address('APP_X', { doc }), '[::1]:7400', '[::1]:7400'],
  ['addresses', addresses('APP_X', { doc }), 'a:1, [::1]:2,a:1', ['a:1', '[::1]:2']],
  ['addresses of one', addresses('APP_X', { doc }), 'localhost:7400', ['localhost:7400']],
  ['host', host('APP_X', { doc }), '::', '::'],
  ['url', url('APP_X', { doc, protocols: ['rediss:'] }), 'rediss://:pw@h:6390/0', 'rediss://:pw@h:6390/0'],
  ['file', file('APP_X', { doc }), relative('.', existing), existing],
  ['folder', folder('APP_X', { doc }), relative('.', dir), dir],
  ['folder to be made', folder('APP_X', { doc, create: true }), missing, missing],
  ['file or folder', path('APP_X', { doc }), dir, dir],
  ['json', json('APP_X', limits, { doc }), '[{"name":"a","max":1}]', [{ name: 'a', max: 1 }]],
];
test.each(good)('reads %s', (_what, field, raw, expected) => expect(valueOf(field, raw)).toEqual(expected));

const bad: Case<string[]>[] = [
  ['no number', integer('APP_X', { doc }), '1.5', ['"1.5" is not a whole number']],
  ['a number too small', integer('APP_X', { doc }), '-1', ['is below the minimum of 0']],
  ['a number too big', integer('APP_X', { doc, max: 9 }), '10', ['is above the maximum of 9']],
  ['no duration', duration('APP_X', { doc }), '10', ['"10" is not a duration such as 250ms, 10s, 5m or 1h']],
  ['a duration too short', duration('APP_X', { doc, min: 1000 }), '10ms', ['is below the minimum of 1s']],
  ['no size', size('APP_X', { doc }), '1KB', ['"1KB" is not a size such as 512B, 64KiB or 1MiB']],
  ['a size too big', size('APP_X', { doc, max: 1024 }), '1MiB', ['is above the maximum of 1KiB']],
  ['text out of its pattern', text('APP_X', { doc, pattern: /^a+$/ }), 'b', ['"b" does not match /^a+$/']],
  ['none of the choices', choice('APP_X', ['a', 'b'], { doc }), 'c', ['"c" is not one of: a, b']],
  ['no flag', flag('APP_X', { doc }), 'yes', ['"yes" is neither true nor false']],
  ['a port too big', port('APP_X', { doc }), '65536', ['"65536" is not a port (0 to 65535)']],
  ['no port', port('APP_X', { doc }), 'http', ['"http" is not a port (0 to 65535)']],
  [
    'an address without a port',
    address('APP_X', { doc }),
    'localhost',
    ['"localhost" is not an address such as localhost:7400'],
  ],
  [
    'addresses of which some are none',
    addresses('APP_X', { doc }),
    'a:1,b,,c:2',
    ['"b" is not an address such as localhost:7400', '"" is not an address such as localhost:7400'],
  ],
  ['a host with a port', host('APP_X', { doc }), 'a b', ['"a b" is not a host']],
  ['no url', url('APP_X', { doc, protocols: ['https:'] }), 'nope', ['is not a URL']],
  [
    'a url of another kind',
    url('APP_X', { doc, protocols: ['rediss:', 'redis:'] }),
    'http://x',
    ['is not a URL that begins with rediss:// or redis://'],
  ],
  ['a missing file', file('APP_X', { doc }), missing, [`"${missing}" is not a file`]],
  ['a folder for a file', file('APP_X', { doc }), dir, [`"${dir}" is not a file`]],
  ['a missing folder', folder('APP_X', { doc }), missing, [`"${missing}" is not a folder`]],
  ['a file for a folder', folder('APP_X', { doc, create: true }), existing, [`"${existing}" is not a folder`]],
  ['a missing path', path('APP_X', { doc }), missing, [`"${missing}" does not exist`]],
  ['no json', json('APP_X', limits, { doc }), '{', ['is not JSON']],
];
test.each(bad)('refuses %s', (_what, field, raw, problems) => {
  expect(problemsOf(() => valueOf(field, raw))).toEqual(problems.map((problem) => `APP_X: ${problem}`));
});

test('tells each mismatch of a JSON document, with its place', () => {
  const found = problemsOf(() =>
    valueOf(json('APP_X', limits, { doc }), '[{"name":1,"max":1},{"name":"b","max":"1"}]'),
  );
  expect(found).toEqual([
    expect.stringMatching(/^APP_X: at \/0\/name: /),
    expect.stringMatching(/^APP_X: at \/1\/max: /),
  ]);
});

describe('a variable that is not set, or empty,', () => {
  test.each([undefined, ''])('takes the default, is undefined when optional, and else is a problem (%j)', (raw) => {
    expect(valueOf(integer('APP_X', { doc, default: 7 }), raw)).toBe(7);
    expect(valueOf(integer('APP_X', { doc, optional: true }), raw)).toBeUndefined();
    expect(problemsOf(() => valueOf(integer('APP_X', { doc }), raw))).toEqual(['APP_X: is required']);
  });
});

describe('a secret', () => {
  test('is revealed only on purpose', () => {
    const value = valueOf(secret('APP_X', { doc }), 'hunter2');
    expect(value.reveal()).toBe('hunter2');
    expect([String(value), JSON.stringify({ value }), `${value}`].join()).not.toContain('hunter2');
    expect(new Secret('x').toString()).toBe('[redacted]');
  });
});

describe('unknown variables', () => {
  const definition = defineConfig({
    app: 'edge-router',
    prefix: 'EDGE_',
    fields: {
      ...platformFields,
      ...adminFields('EDGE_', 9901),
      httpsPort: port('EDGE_HTTPS_PORT', { default: 8443, doc }),
    },
  });
  const problems = (env: Environment) => problemsOf(() => loadConfig(definition, env));

  test("with the app's prefix, or the shared one, are problems; others are not ours", () => {
    expect(
      problems({ EDGE_HTPS_PORT: '1', GATEWAY_LOGLEVEL: 'info', PATH: '/bin', OTEL_X: '1', WSNODE_X: '1' }),
    ).toEqual(['EDGE_HTPS_PORT: is not a setting of edge-router', 'GATEWAY_LOGLEVEL: is not a setting of edge-router']);
  });

  test('that are shared, but not used by this app, are none', () => {
    expect(problems({ GATEWAY_REDIS_URL: 'anything', GATEWAY_REGISTRY: '', GATEWAY_ISSUERS: '[]' })).toEqual([]);
  });

  test("that Kubernetes injected for a Service are none, and don't set what they happen to be named like", () => {
    const injected = {
      EDGE_ROUTER_SERVICE_HOST: '10.0.0.1',
      EDGE_ROUTER_SERVICE_PORT: '443',
      EDGE_ROUTER_SERVICE_PORT_HTTPS: '443',
      EDGE_ROUTER_PORT: 'tcp://10.0.0.1:443',
      EDGE_ROUTER_PORT_443_TCP: 'tcp://10.0.0.1:443',
      EDGE_ROUTER_PORT_443_TCP_ADDR: '10.0.0.1',
      GATEWAY_PORT: 'tcp://10.0.0.2:80',
      EDGE_ADMIN_PORT: 'tcp://10.0.0.3:9901',
    };
    expect(problems(injected)).toEqual([]);
    expect(loadConfig(definition, injected).adminPort).toBe(9901);
    expect(problems({ EDGE_ROUTER_PORT: '443' })).toEqual(['EDGE_ROUTER_PORT: is not a setting of edge-router']);
    expect(problems({ EDGE_UNSET: undefined })).toEqual(['EDGE_UNSET: is not a setting of edge-router']);
  });
});

test('every problem is told at once, in the order of the fields, after the unknown', () => {
  const definition = defineConfig({
    app: 'app',
    prefix: 'APP_',
    fields: { a: integer('APP_A', { doc }), b: flag('APP_B', { doc }) },
  });
  const env = { APP_A: 'x', APP_B: 'y', APP_D: '', APP_C: '' };
  const problems = problemsOf(() => loadConfig(definition, env));
  expect(problems.map((each) => each.split(':')[0])).toEqual(['APP_C', 'APP_D', 'APP_A', 'APP_B']);
  expect(() => loadConfig(definition, env)).toThrow(problems.join('\n'));
});

test('what fits field by field may not fit together', () => {
  const definition = defineConfig({
    app: 'app',
    prefix: 'APP_',
    fields: { low: integer('APP_LOW', { doc }), high: integer('APP_HIGH', { doc }) },
    check: ({ low, high }) => (low > high ? ['APP_LOW: is above APP_HIGH'] : []),
  });
  expect(problemsOf(() => loadConfig(definition, { APP_LOW: '2', APP_HIGH: '1' }))).toEqual([
    'APP_LOW: is above APP_HIGH',
  ]);
  expect(loadConfig(definition, { APP_LOW: '1', APP_HIGH: '2' })).toEqual({ low: 1, high: 2 });
  expect(problemsOf(() => loadConfig(definition, { APP_LOW: '2', APP_HIGH: 'x' }))).toHaveLength(1);
});

describe('in production', () => {
  const definition = defineConfig({
    app: 'app',
    prefix: 'APP_',
    fields: { ...platformFields, ...redisFields, ...registryFields },
  });
  test('nothing weakens by omission', () => {
    const why = 'must be set in production, or set to none on purpose';
    expect(problemsOf(() => loadConfig(definition, { GATEWAY_PROFILE: 'production' }))).toEqual([
      `GATEWAY_IDENTITY_DIR: ${why}`,
      `GATEWAY_REDIS_URL: ${why}`,
      `GATEWAY_REGISTRY: ${why}`,
    ]);
  });

  test('"none" is on purpose', () => {
    const none = { GATEWAY_IDENTITY_DIR: 'none', GATEWAY_REDIS_URL: 'none', GATEWAY_REGISTRY: 'none' };
    const values = loadConfig(definition, { GATEWAY_PROFILE: 'production', ...none });
    expect(values).toMatchObject({ identityDir: undefined, redisUrl: undefined, registry: undefined });
  });
});

test('two fields of one variable are a mistake of the programmer', () => {
  const field = flag('APP_A', { doc });
  expect(() => defineConfig({ app: 'app', prefix: 'APP_', fields: { a: field, b: field } })).toThrow(
    'two fields of app read APP_A',
  );
});

test('a fault of a field is not taken for a refusal', () => {
  const faulty = {
    ...text('APP_X', { doc }),
    parse: () => {
      throw new TypeError('bug');
    },
  };
  expect(() => valueOf(faulty, 'x')).toThrow(TypeError);
});

describe('addresses', () => {
  test.each([
    ['localhost:7400', { host: 'localhost', port: 7400 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['a:65536', null],
    ['::1:80', null],
    ['http://a:80', null],
    [':80', null],
  ])('%s', (raw, expected) => expect(parseAddress(raw)).toEqual(expected));

  test('are read back as they were written', () => {
    const name = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(name, fc.nat({ max: 65_535 }), (host, port) =>
        expect(parseAddress(formatAddress({ host, port }))).toEqual({ host, port }),
      ),
    );
  });
});
