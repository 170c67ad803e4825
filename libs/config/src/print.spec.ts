import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  addresses,
  configReference,
  defineConfig,
  duration,
  integer,
  json,
  list,
  loadConfig,
  port,
  printConfig,
  readEnvironment,
  secret,
  size,
  text,
  url,
} from './index';

const definition = defineConfig({
  app: 'app',
  prefix: 'APP_',
  fields: {
    port: port('APP_PORT', { default: 8443, off: true, doc: 'Where it listens.' }),
    name: text('APP_NAME', { optional: true, doc: 'A | B.' }),
    key: secret('APP_KEY', { doc: 'A key.' }),
    redis: url('APP_REDIS', { doc: 'The store.', protocols: ['rediss:'] }),
    wait: duration('APP_WAIT', { default: 90_000, doc: 'A while.' }),
    body: size('APP_BODY', { default: 65_536, doc: 'At most.' }),
    peers: addresses('APP_PEERS', { default: ['a:1', 'b:2'], doc: 'Any of them.' }),
    hosts: list('APP_HOSTS', { default: ['a', 'b'], doc: 'Names.' }),
    limits: json('APP_LIMITS', z.array(z.number()), { default: [], doc: 'Numbers.' }),
    count: integer('APP_COUNT', { default: 2, doc: 'How many.' }),
  },
});
const env = { APP_KEY: 'hunter2', APP_REDIS: 'rediss://user:hunter2@host:6390/0', APP_LIMITS: '[1,2]', APP_PORT: '' };

test('prints what is in use, and no secret', () => {
  const values = loadConfig(definition, env);
  expect(printConfig(definition, values).split('\n')).toEqual([
    'APP_PORT=',
    'APP_NAME=',
    'APP_KEY=[redacted]',
    'APP_REDIS=rediss://user:redacted@host:6390/0',
    'APP_WAIT=90s',
    'APP_BODY=64KiB',
    'APP_PEERS=a:1,b:2',
    'APP_HOSTS=a,b',
    'APP_LIMITS=[1,2]',
    'APP_COUNT=2',
  ]);
  expect(inspect(values.key)).toBe('[redacted]');
});

test('what is printed without secrets loads as the same again', () => {
  const values = loadConfig(definition, { ...env, APP_REDIS: 'rediss://host:6390' });
  const printed = printConfig(definition, values)
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  const { key: _key, redis: _redis, ...again } = loadConfig(definition, Object.fromEntries(printed));
  expect(values).toMatchObject(again);
});

test('the reference page says of each variable what it takes, its default and its meaning', () => {
  const rows = configReference(definition).split('\n');
  expect(rows.slice(0, 2)).toEqual(['| variable | value | not set | meaning |', '|---|---|---|---|']);
  expect(rows).toContain('| `APP_PORT` | port, empty for off | `8443` | Where it listens. |');
  expect(rows).toContain('| `APP_NAME` | text |  | A \\| B. |');
  expect(rows).toContain('| `APP_KEY` | secret | required | A key. |');
  expect(rows).toContain('| `APP_WAIT` | duration | `90s` | A while. |');
});

test('the environment is read as it is', () => {
  expect(readEnvironment()['PATH']).toBe(process.env['PATH']);
});
