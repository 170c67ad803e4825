import { isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAddresses, readServices } from './answers';
import { lookUp } from './lookup';

const record = fc.record(
  {
    address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.anything()),
    ttl: fc.oneof(fc.integer(), fc.double(), fc.anything()),
    name: fc.oneof(fc.constantFrom('a.test', '.', ''), fc.anything()),
    port: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.anything()),
    priority: fc.oneof(fc.nat({ max: 3 }), fc.anything()),
    weight: fc.oneof(fc.nat({ max: 70_000 }), fc.anything()),
  },
  { requiredKeys: [] },
);
const answer = fc.oneof(fc.array(fc.oneof(record, fc.anything())), fc.anything());

test('whatever a resolver gives, only addresses are read of it', () => {
  fc.assert(
    fc.property(answer, (given) => {
      for (const { address, ttl } of readAddresses(given)) {
        expect(isIP(address)).not.toBe(0);
        expect(ttl).toBeGreaterThanOrEqual(0);
      }
      for (const { name, port } of readServices(given)) {
        expect(name).not.toMatch(/^\.?$/);
        expect(port).toBeGreaterThan(0);
      }
    }),
  );
});

test('a look-up makes only places that can be called of it', async () => {
  const property = fc.asyncProperty(answer, answer, answer, async (four, six, services) => {
    const resolver = {
      resolve4: async () => four,
      resolve6: async () => six,
      resolveSrv: async () => services,
    };
    for (const question of [{ name: 'a.test', port: 80 }, { srv: '_x._tcp.test' }]) {
      const { places, ttl } = await lookUp(resolver, question);
      for (const { address, weight } of places) {
        expect(address).toMatch(/^(?:[\d.]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/);
        expect(weight).toBeGreaterThanOrEqual(1);
      }
      expect(new Set(places.map(({ address }) => address)).size).toBe(places.length);
      expect(ttl === null).toBe(places.length === 0);
    }
  });
  await fc.assert(property);
});
