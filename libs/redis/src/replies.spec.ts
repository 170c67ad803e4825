import { expect, test } from '@jest/globals';
import { ReplyError } from 'ioredis';
import { RedisReplyError, RedisUnavailableError } from './errors';
import { asRedisError } from './replies';

const reply = (message: string) => new (ReplyError as unknown as new (message: string) => Error)(message);

test.each([
  ['READONLY You can not write against a read only replica.', 'READONLY', true],
  ['ERR Error running script (call to f_1): @user_script:1: -READONLY You can not write', 'READONLY', true],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', true],
  ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF', true],
  ['OOM command not allowed when used memory > maxmemory.', 'OOM', true],
  ['WRONGTYPE Operation against a key', 'WRONGTYPE', false],
  ['', '', false],
])('the reply %j has the code %s', (message, code, refusesWrites) => {
  const error = asRedisError(reply(message));
  expect(error).toBeInstanceOf(RedisReplyError);
  expect(error).toMatchObject({ code, refusesWrites, message });
});

test.each(['LOADING Redis is loading the dataset in memory', 'MASTERDOWN Link with MASTER is down', 'CLUSTERDOWN'])(
  'a server that answers %j is not there yet',
  (message) => expect(asRedisError(reply(message))).toBeInstanceOf(RedisUnavailableError),
);

test('anything else is no answer', () => {
  const cause = new Error('Connection is closed.');
  expect(asRedisError(cause)).toMatchObject({ name: 'RedisUnavailableError', cause });
  expect(asRedisError('gone')).toMatchObject({ name: 'RedisUnavailableError', message: 'gone' });
});
