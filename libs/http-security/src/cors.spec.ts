import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Cors, type CorsOptions, requestedHeaders } from './cors';

const OPTIONS: CorsOptions = {
  origins: ['https://a.example', 'https://*.b.example'],
  methods: ['GET', 'PATCH'],
  headers: ['authorization'],
  expose: ['etag'],
  credentials: true,
  maxAgeSeconds: 60,
};
const cors = new Cors(OPTIONS);
const all = new Cors({
  ...OPTIONS,
  origins: ['*'],
  methods: [],
  headers: ['*'],
  expose: [],
  credentials: false,
  maxAgeSeconds: null,
});
const preflight = { origin: 'https://a.example', method: 'PATCH', headers: ['authorization'] };

describe('an answer', () => {
  test('may be read by scripts of the origins that are named', () => {
    const fields = ['access-control-allow-credentials', 'true', 'access-control-expose-headers', 'etag'];
    for (const origin of ['https://a.example', 'https://x.b.example', 'https://x.y.b.example'])
      expect(cors.apply([], origin)).toEqual(['vary', 'Origin', 'access-control-allow-origin', origin, ...fields]);
  });

  test.each([
    'http://a.example',
    'https://a.example:8443',
    'https://a.example.evil',
    'https://b.example',
    'https://.b.example',
    'https://evil/.b.example',
    'https://x.evilb.example',
    'https://*.b.example.evil',
    'null',
  ])('may not be read by those of %s, and says that it depends', (origin) => {
    expect(cors.apply(['x-a', '1'], origin)).toEqual(['x-a', '1', 'vary', 'Origin']);
  });

  test('may be read by all without depending on them', () => {
    expect(all.apply(['x-a', '1'], 'https://anybody.example')).toEqual([
      'x-a',
      '1',
      'access-control-allow-origin',
      '*',
    ]);
    expect(all.apply(['x-a', '1'], undefined)).toEqual(['x-a', '1']);
  });

  test("of a service loses the service's own word, and keeps what it varies by", () => {
    const theirs = ['access-control-allow-origin', '*', 'vary', 'Accept', 'access-control-allow-credentials', 'true'];
    expect(cors.apply(theirs, 'https://evil.example')).toEqual(['vary', 'Accept, Origin']);
    for (const vary of ['*', 'origin']) expect(cors.apply(['vary', vary], undefined)).toEqual(['vary', vary]);
  });
});

describe('a preflight', () => {
  test('is granted what is allowed', () => {
    expect(cors.refusal(preflight)).toBeNull();
    expect(cors.granted(preflight)).toEqual([
      'access-control-allow-methods',
      'GET, PATCH',
      'access-control-allow-headers',
      'authorization',
      'access-control-max-age',
      '60',
      'vary',
      'Access-Control-Request-Method, Access-Control-Request-Headers',
    ]);
  });

  test('is granted what it asks for where all is allowed', () => {
    const asked = { origin: 'null', method: 'PURGE', headers: ['x-a', 'x-b'] };
    expect(all.refusal(asked)).toBeNull();
    expect(all.granted(asked).slice(0, 4)).toEqual([
      'access-control-allow-methods',
      'PURGE',
      'access-control-allow-headers',
      'x-a, x-b',
    ]);
    expect(all.granted({ ...asked, headers: [] })).not.toContain('access-control-allow-headers');
  });

  test.each([
    [{ origin: 'https://evil.example' }, /origin/],
    [{ method: 'DELETE' }, /DELETE/],
    [{ headers: ['authorization', 'x-a'] }, /x-a/],
  ])('with %j is refused, and told why', (wrong, why) => {
    expect(cors.refusal({ ...preflight, ...wrong })).toMatch(why);
  });

  test('names its headers in any case', () => {
    expect(requestedHeaders(['access-control-request-headers', 'X-A, x-b'])).toEqual(['x-a', 'x-b']);
    expect(requestedHeaders([])).toEqual([]);
  });
});

test('an origin that is allowed is one of those that are named, whatever it looks like', () => {
  const part = fc.constantFrom('https://', 'http://', 'a', '.b.example', 'a.example', '/', ':', '@', '.', 'x', '*');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const origin = parts.join('');
      if (!cors.apply([], origin).includes('access-control-allow-origin')) return;
      expect(origin === 'https://a.example' || /^https:\/\/[a-z.]+\.b\.example$/.test(origin)).toBe(true);
    }),
  );
});
