import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { endpoint } from '../pipeline.fixture';
import { fixedInstance, registeredInstance } from './known-instances';

const { HealthState, InstanceState, Protocol } = registryV1;
type Init = Exclude<MessageInitShape<typeof registryV1.InstanceSchema>, registryV1.Instance>;

const known = (given: Init) =>
  registeredInstance(
    create(registryV1.InstanceSchema, {
      id: 'a',
      address: 'a:1',
      owner: 'spiffe://x/shop',
      protocol: Protocol.GRPC,
      state: InstanceState.READY,
      ...given,
    }),
  );

test('an instance is known by what it registered', () => {
  expect(known({ zone: 'north', version: '1.2' })).toEqual({
    id: 'a',
    address: 'a:1',
    grpcAddress: 'a:1',
    expect: 'spiffe://x/shop',
    life: 'ready',
    zone: 'north',
    version: '1.2',
    findings: [],
  });
});

test.each([
  [InstanceState.STARTING, 'starting'],
  [InstanceState.UNSPECIFIED, 'starting'],
  [InstanceState.READY, 'ready'],
  [InstanceState.DRAINING, 'draining'],
  [99 as registryV1.InstanceState, 'starting'],
])('state %s is the life %s', (state, life) => {
  expect(known({ state }).life).toBe(life);
});

test.each([
  [{ protocol: Protocol.UNSPECIFIED }, 'a:1'],
  [{ protocol: Protocol.HTTP1 }, null],
  [{ protocol: Protocol.HTTP1, metadata: { grpc: 'a:2' } }, 'a:2'],
  [{ protocol: Protocol.H2 }, null],
] satisfies [Init, string | null][])('%j is asked over gRPC at %s', (given, address) => {
  expect(known(given).grpcAddress).toBe(address);
});

test.each([
  [{ health: { state: HealthState.PASSING } }, []],
  [{ health: { state: HealthState.UNSPECIFIED } }, []],
  [
    { health: { state: HealthState.FAILING, why: 'refused', since: timestampFromMs(5000) } },
    [{ state: 'down', why: 'fails its health check: refused', since: 5000 }],
  ],
  [
    { health: { state: HealthState.FAILING, why: 'refused' } },
    [{ state: 'down', why: 'fails its health check: refused', since: null }],
  ],
  [
    { ejection: { why: '5 errors in a row', agreed: 2, reporters: 3 } },
    [{ state: 'down', why: 'taken out everywhere, 2 of 3 gateways agree: 5 errors in a row', since: null }],
  ],
  [
    { ejection: { why: 'slow', agreed: 2, reporters: 3, shadow: true } },
    [{ state: 'degraded', why: 'would be taken out, 2 of 3 gateways agree: slow', since: null }],
  ],
] satisfies [Init, unknown[]][])('%j is what speaks against it: %j', (given, findings) => {
  expect(known(given).findings).toEqual(findings);
});

test('a fixed endpoint is asked over gRPC only where identities reach', () => {
  const at = (given: Parameters<typeof endpoint>[1]) => fixedInstance(endpoint('a', given)).grpcAddress;
  expect(at({})).toBeNull();
  expect(at({ protocol: 'grpc' })).toBeNull();
  expect(at({ protocol: 'grpc', expect: 'spiffe://x/shop' })).toBe('a:1');
  expect(fixedInstance(endpoint('a'))).toMatchObject({ id: 'a', address: 'a:1', life: 'ready', findings: [] });
});
