import { expect, test } from '@jest/globals';
import { create, toBinary } from '@bufbuild/protobuf';
import { GrpcCallError, type GrpcEndpoint, type UnaryOptions, type UnaryResult } from '@gateway/grpc-pool';
import { fakeClock } from '@gateway/testing';
import { CheckPermissionResponseSchema } from '../gen/auth/v1/auth_service_pb';
import { AuthServiceClient } from './auth-service-client';

const QUESTION = { subject: 'u', permission: 'project:read', resource: 'p' };
const unreachable = new GrpcCallError(14, 'connect ECONNREFUSED', true, []);
const failed = new GrpcCallError(13, 'it broke', false, []);

const allowed: UnaryResult = {
  bytes: Buffer.from(toBinary(CheckPermissionResponseSchema, create(CheckPermissionResponseSchema, { allowed: true }))),
  headers: [],
  trailers: [],
};

/** @param answers by address, in turn */
function start(addresses: string[], answers: Record<string, (options: UnaryOptions) => UnaryResult>) {
  const clock = fakeClock();
  const asked: string[] = [];
  const states: string[] = [];
  let turn = 0;
  const caller = {
    async unary({ address }: GrpcEndpoint, _path: string, _request: Uint8Array, options: UnaryOptions) {
      asked.push(address);
      return answers[address]!(options);
    },
  };
  const next = () => (addresses.length === 0 ? null : { address: addresses[turn++ % addresses.length]!, expect: 'x' });
  const observer = { ok: () => states.push('ok'), down: (why: string) => states.push(why) };
  const client = new AuthServiceClient(caller, { next }, clock, observer);
  return { clock, asked, states, check: () => client.checkPermission(QUESTION, 1_000) };
}

const fail = (error: Error) => () => {
  throw error;
};

test('an instance that cannot be reached is passed over, within the same time', async () => {
  const { clock, asked, states, check } = start(['dead', 'alive'], {
    dead: () => {
      clock.advance(400);
      throw unreachable;
    },
    alive: ({ deadlineMs }) => {
      expect(deadlineMs).toBe(600);
      return allowed;
    },
  });
  expect((await check()).allowed).toBe(true);
  expect(asked).toEqual(['dead', 'alive']);
  expect(states).toEqual(['ok']);
});

test('when none can be reached it gives up after three', async () => {
  const { asked, states, check } = start(['a', 'b'], { a: fail(unreachable), b: fail(unreachable) });
  await expect(check()).rejects.toBe(unreachable);
  expect(asked).toEqual(['a', 'b', 'a']);
  expect(states).toEqual(['gRPC status 14: connect ECONNREFUSED']);
});

test('what an instance may have processed is not sent again', async () => {
  const { asked, check } = start(['a', 'b'], { a: fail(failed), b: () => allowed });
  await expect(check()).rejects.toBe(failed);
  expect(asked).toEqual(['a']);
});

test('without an instance it says so', async () => {
  const { states, check } = start([], {});
  await expect(check()).rejects.toThrow('no instance of the Auth service is known');
  expect(states).toEqual(['no instance of the Auth service is known']);
});
