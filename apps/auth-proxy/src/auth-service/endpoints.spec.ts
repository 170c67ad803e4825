import { expect, test } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { fixedEndpoint, registeredEndpoints } from './endpoints';

const { READY, DRAINING, STARTING } = registryV1.InstanceState;

const instance = (address: string, state: registryV1.InstanceState, owner = 'spiffe://gateway.local/auth-service') =>
  create(registryV1.InstanceSchema, { id: address, service: 'auth-service', address, state, owner });

test('a fixed address must show the identity of its name', () => {
  const endpoint = { address: 'localhost:9000', expect: 'spiffe://gateway.local/auth-service' };
  expect(fixedEndpoint('localhost:9000', 'auth-service').next()).toEqual(endpoint);
});

test('only ready instances take turns, each expected to be its owner', () => {
  let instances = [
    instance('a:1', READY),
    instance('b:2', DRAINING),
    instance('c:3', READY, 'spiffe://gateway.local/other'),
    instance('d:4', STARTING),
  ];
  const endpoints = registeredEndpoints({ instances: () => instances }, 'auth-service');
  const turns = [endpoints.next(), endpoints.next(), endpoints.next()];
  expect(turns.map((each) => each?.address)).toEqual(['a:1', 'c:3', 'a:1']);
  expect(turns[1]?.expect).toBe('spiffe://gateway.local/other');
  instances = [instance('b:2', DRAINING)];
  expect(endpoints.next()).toBeNull();
  instances = [];
  expect(endpoints.next()).toBeNull();
});
