import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TrustedProxies, clientAddress, normalizeAddress, parseForwardedFor } from './client-address';

describe('TrustedProxies', () => {
  test.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['2001:db8::/32', '2001:db8::7', true],
    ['2001:db8::/32', '2001:db9::7', false],
    ['::1', '::1', true],
    ['10.0.0.0/8', 'nonsense', false],
  ])('%s has %s: %s', (network, address, expected) => {
    expect(new TrustedProxies([network]).has(address)).toBe(expected);
  });

  test('nobody is trusted by default', () => {
    expect(new TrustedProxies([]).has('127.0.0.1')).toBe(false);
  });

  test.each(['', 'nonsense', '10.0.0.0/33', '::/129', '10.0.0.0/x', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0/8'])(
    '%j is refused by name',
    (network) => {
      expect(() => new TrustedProxies([network])).toThrow(`"${network}"`);
    },
  );
});

describe('clientAddress', () => {
  const trusted = new TrustedProxies(['10.0.0.0/8', '::1']);
  test.each([
    ['an untrusted peer speaks for itself only', '203.0.113.9', ['198.51.100.1'], '203.0.113.9'],
    ['a trusted peer names the client', '10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    ['what the client wrote itself is not believed', '10.0.0.1', ['1.1.1.1', '198.51.100.1'], '198.51.100.1'],
    ['a chain of proxies is followed', '10.0.0.1', ['198.51.100.1', '10.0.0.2', '10.0.0.3'], '198.51.100.1'],
    ['all of them proxies: the farthest', '10.0.0.1', ['10.0.0.2', '10.0.0.3'], '10.0.0.2'],
    ['an unreadable element ends the chain', '10.0.0.1', ['198.51.100.1', 'unknown', '10.0.0.3'], '10.0.0.3'],
    ['ports and brackets are taken off', '::1', ['[2001:DB8::7]:443'], '2001:db8::7'],
    ['a dual-stack peer is recognised', '::ffff:10.0.0.1', ['198.51.100.1:80'], '198.51.100.1'],
    ['nothing was forwarded', '10.0.0.1', [], '10.0.0.1'],
  ])('%s', (_, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(expected);
  });

  test('never yields what an untrusted client wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), fc.ipV4(), (written, client) => {
        fc.pre(!trusted.has(client));
        expect(clientAddress('10.0.0.1', [...written, client], trusted)).toBe(client);
      }),
    );
  });
});

test.each([
  '',
  'unknown',
  '_hidden',
  '1.2.3',
  '1.2.3.4:',
  '1.2.3.4:x',
  '1.2.3.4:123456',
  '[1.2.3.4]',
  '[::1',
  '[::1]x',
  ':1',
])('parseForwardedFor finds no address in %j', (element) => {
  expect(parseForwardedFor(element)).toBeNull();
});

test('parseForwardedFor yields an address or nothing, whatever comes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (element) => {
      const address = parseForwardedFor(element);
      if (address !== null) expect(parseForwardedFor(address)).toBe(address);
    }),
  );
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:127.0.0.1', '127.0.0.1'],
  ['FE80::1%eth0', 'fe80::1'],
  ['::ffff:1', '::ffff:1'],
])('normalizeAddress(%s) is %s', (address, expected) => {
  expect(normalizeAddress(address)).toBe(expected);
});
