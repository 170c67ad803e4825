import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectionOptions, parseRedisUrl } from './connection-options';

test('an address is read in all its parts', () => {
  expect(parseRedisUrl('rediss://gate%40way:s%3Acret@redis.example:6390/2')).toEqual({
    tls: true,
    host: 'redis.example',
    port: 6390,
    username: 'gate@way',
    password: 's:cret',
    database: 2,
  });
});

test('what an address leaves out has a default', () => {
  expect(parseRedisUrl('redis://[::1]')).toEqual({
    tls: false,
    host: '::1',
    port: 6379,
    username: undefined,
    password: undefined,
    database: 0,
  });
});

test.each([
  '',
  'localhost:6379',
  'http://localhost',
  'redis://',
  'redis://host/name',
  'redis://host/1/2',
  'redis://u:%zz@h',
])('%j is not an address', (text) => expect(() => parseRedisUrl(text)).toThrow(TypeError));

test('the error of a wrong address does not show its password', () => {
  expect(() => parseRedisUrl('redis://user:hunter2@host/name')).toThrow(
    expect.not.stringContaining('hunter2') as never,
  );
});

test('user name and password of any characters survive the way through an address', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.string({ minLength: 1, unit: 'binary' }),
      (user, word) => {
        fc.pre(user.isWellFormed() && word.isWellFormed());
        const address = parseRedisUrl(`rediss://${encodeURIComponent(user)}:${encodeURIComponent(word)}@localhost`);
        expect(address).toMatchObject({ username: user, password: word });
      },
    ),
  );
});

test('any text is either an address or a TypeError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((rest) => `redis://${rest}`),
      ),
      (text) => {
        try {
          expect(parseRedisUrl(text).host).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      },
    ),
  );
});

test('a connection queues nothing and sends nothing twice', () => {
  expect(connectionOptions({ url: 'redis://localhost', commandTimeoutMs: 1000 })).toMatchObject({
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    tls: undefined,
  });
});

test('a name is sent as SNI, an address is not', () => {
  const of = (url: string) => connectionOptions({ url, commandTimeoutMs: 1000 }).tls?.servername;
  expect(of('rediss://localhost')).toBe('localhost');
  expect(of('rediss://127.0.0.1')).toBeUndefined();
});

test('an authority file that cannot be read is an error at once', () => {
  expect(() =>
    connectionOptions({ url: 'rediss://localhost', caFile: '/nowhere/ca.pem', commandTimeoutMs: 1 }),
  ).toThrow('ENOENT');
});
