import { create, fromBinary } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { encodedOnce, packageDefinitionOf } from './definition';

const { RegistryService, WatchResponseSchema } = registryV1;
const encode = (value: object): Buffer =>
  packageDefinitionOf([RegistryService])[RegistryService.typeName]!['Watch']!.responseSerialize(value);

const message = () => create(WatchResponseSchema, { revision: { epoch: 'e', n: 7n } });

test('a message is encoded, and so are the fields of one', () => {
  expect(fromBinary(WatchResponseSchema, encode(message()))).toEqual(message());
  expect(encode({ revision: { epoch: 'e', n: 7n } })).toEqual(encode(message()));
});

test('one that many streams get is encoded once', () => {
  const shared = encodedOnce(message());
  expect(encode(shared)).toBe(encode(shared));
  expect(encode(shared)).toEqual(encode(message()));
  const own = message();
  expect(encode(own)).not.toBe(encode(own));
});
