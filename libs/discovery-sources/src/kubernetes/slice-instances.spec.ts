import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instancesOf } from './slice-instances';

const READING = { service: 'reports', protocol: 'http1', port: 'http' } as const;

const slice = (endpoints: unknown[], more: object = {}): unknown => ({
  metadata: { name: 'reports-abc', resourceVersion: '1' },
  addressType: 'IPv4',
  ports: [
    { name: 'metrics', port: 9100, protocol: 'TCP' },
    { name: 'http', port: 8080, protocol: 'TCP' },
  ],
  endpoints,
  ...more,
});
const endpoint = (address: string, conditions?: object, more: object = {}) => ({
  addresses: [address],
  conditions,
  ...more,
});
const states = (...slices: unknown[]) =>
  instancesOf(slices, READING).map(({ address, ready }) => `${address} ${ready ? 'ready' : 'not'}`);

describe('the instances of EndpointSlices', () => {
  test('have address, zone, and the port of that name', () => {
    const pod = endpoint('10.0.0.1', { ready: true }, { zone: 'eu-1a', targetRef: { kind: 'Pod', name: 'reports-7' } });
    expect(instancesOf([slice([pod])], READING)).toEqual([
      {
        ...{ id: 'kubernetes:reports-7@10.0.0.1:8080', service: 'reports', address: '10.0.0.1:8080' },
        ...{ protocol: 'http1', weight: 1, zone: 'eu-1a', version: '', ready: true },
      },
    ]);
  });

  test.each([
    ['ready', { ready: true }, 'ready'],
    ['of which nothing is known: the API has them taken for ready', undefined, 'ready'],
    ['not ready', { ready: false, serving: false }, 'not'],
    ['terminating, with publishNotReadyAddresses', { ready: true, serving: false, terminating: true }, 'not'],
    ['terminating', { ready: false, serving: true, terminating: true }, 'not'],
  ])('%s', (_what, conditions, expected) => {
    expect(states(slice([endpoint('10.0.0.1', conditions), endpoint('10.0.0.2')]))).toEqual([
      `10.0.0.1:8080 ${expected}`,
      '10.0.0.2:8080 ready',
    ]);
  });

  test('that terminate and still serve are called when nobody else is there', () => {
    const leaving = endpoint('10.0.0.1', { ready: false, serving: true, terminating: true });
    expect(states(slice([leaving, endpoint('10.0.0.2', { ready: false })]))).toEqual([
      '10.0.0.1:8080 ready',
      '10.0.0.2:8080 not',
    ]);
  });

  test('are merged over slices; of one that two slices have, the better word counts', () => {
    const one = slice([endpoint('10.0.0.2', { ready: false }), endpoint('10.0.0.1')]);
    const other = slice([endpoint('10.0.0.2', { ready: true }), endpoint('10.0.0.3')]);
    const expected = ['10.0.0.1:8080 ready', '10.0.0.2:8080 ready', '10.0.0.3:8080 ready'];
    expect(states(one, other)).toEqual(expected);
    expect(states(other, one)).toEqual(expected);
  });

  test('are none in a slice without the port, and only TCP is called', () => {
    expect(states(slice([endpoint('10.0.0.1')], { ports: [{ name: 'grpc', port: 1 }] }))).toEqual([]);
    expect(states(slice([endpoint('10.0.0.1')], { ports: [{ name: 'http', port: 1, protocol: 'UDP' }] }))).toEqual([]);
    expect(states(slice([endpoint('10.0.0.1')], { ports: null }))).toEqual([]);
  });

  test('are found by a port’s number, and by the only port’s missing name', () => {
    const unnamed = slice([endpoint('10.0.0.1')], { ports: [{ port: 8080 }] });
    expect(instancesOf([unnamed], { ...READING, port: '' })).toHaveLength(1);
    expect(instancesOf([unnamed], { ...READING, port: 8080 })).toHaveLength(1);
    expect(instancesOf([unnamed], { ...READING, port: 8081 })).toHaveLength(0);
  });

  test('may have IPv6 addresses; names are for other consumers', () => {
    const [found] = instancesOf([slice([endpoint('fd00::1'), endpoint('pod.example')])], READING);
    expect(found!.address).toBe('[fd00::1]:8080');
    expect(states(slice([endpoint('fd00::1'), endpoint('pod.example')]))).toHaveLength(1);
  });

  test('are read from whatever JSON the API sends, without a throw', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('', '10.0.0.1', 'http', 8080, true, null));
    const part = (keys: string[]) =>
      fc.oneof(odd, fc.record(Object.fromEntries(keys.map((key) => [key, odd])), { requiredKeys: [] }));
    const arbitrary = fc.record(
      {
        metadata: fc.oneof(odd, fc.record({ name: fc.oneof(fc.constant('s'), odd) })),
        ports: fc.oneof(odd, fc.array(part(['name', 'port', 'protocol']))),
        endpoints: fc.oneof(
          odd,
          fc.array(
            fc.record(
              {
                addresses: fc.oneof(odd, fc.array(fc.oneof(odd, fc.ipV4(), fc.ipV6()))),
                conditions: part(['ready', 'serving', 'terminating']),
                zone: odd,
                targetRef: part(['kind', 'name']),
              },
              { requiredKeys: [] },
            ),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(arbitrary, odd)), (slices) => {
        for (const { address, zone } of instancesOf(slices, READING)) {
          expect(address).toMatch(/^(?:[\d.]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/);
          expect(typeof zone).toBe('string');
        }
      }),
    );
  });
});
