import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCapture } from './capture';
import { areEqualRoutes, RouteConflictError, RouteTable, type RouteEntry, UPGRADE } from './route-table';
import { compileTemplate } from './template';

type Options = Partial<Pick<RouteEntry<string>, 'methods' | 'hosts' | 'id' | 'upgrades'>>;

const route = (path: string, options: Options = {}): RouteEntry<string> => ({
  id: path,
  template: compileTemplate(path),
  methods: [],
  hosts: [],
  value: path,
  ...options,
});

/** What answers: the route's id and its variables, or the kind of failure. */
function lookUp(routes: RouteEntry<string>[], path: string, method = 'GET', host = 'localhost'): unknown {
  const match = RouteTable.build(routes).match(host, path, method);
  if (match.kind !== 'found') return match;
  const { id, template } = match.entry;
  const names = template.variables.map(({ path: field }) => field.join('.'));
  const values = template.variables.map((variable, index) => decodeCapture(variable, match.captures[index]!));
  return names.length === 0 ? id : [id, Object.fromEntries(names.map((name, index) => [name, values[index]]))];
}

describe('paths', () => {
  const routes = [
    route('/**'),
    route('/v1/{rest=**}'),
    route('/v1/*'),
    route('/v1/{id}'),
    route('/v1/me'),
    route('/v1/{name=shelves/*}/books'),
    route('/v1/{id}:cancel'),
    route('/v1/{name=**}:export'),
    route('/'),
  ];
  test.each([
    ['/', '/'],
    ['/v1/me', '/v1/me'],
    ['/v1/you', ['/v1/{id}', { id: 'you' }]],
    ['/v1', ['/v1/{rest=**}', { rest: '' }]],
    ['/v1/', ['/v1/{rest=**}', { rest: '' }]],
    ['/v1/a/b', ['/v1/{rest=**}', { rest: 'a/b' }]],
    ['/v1/shelves/1/books', ['/v1/{name=shelves/*}/books', { name: 'shelves/1' }]],
    ['/v1/shelves/1/films', ['/v1/{rest=**}', { rest: 'shelves/1/films' }]],
    ['/v1/7:cancel', ['/v1/{id}:cancel', { id: '7' }]],
    ['/v1/7:other', ['/v1/{id}', { id: '7:other' }]],
    ['/v1/me:cancel', ['/v1/{id}:cancel', { id: 'me' }]],
    ['/v1/7:', ['/v1/{id}', { id: '7:' }]],
    ['/v1/:cancel', ['/v1/{id}', { id: ':cancel' }]],
    ['/v1/a/b:export', ['/v1/{name=**}:export', { name: 'a/b' }]],
    ['/v1:export', ['/v1/{name=**}:export', { name: '' }]],
    ['/v1/a%2Fb', ['/v1/{id}', { id: 'a/b' }]],
    ['/v2', '/**'],
  ])('%s', (path, expected) => {
    expect(lookUp(routes, path)).toEqual(expected);
    expect(lookUp([...routes].reverse(), path)).toEqual(expected);
  });

  test('a literal is found bare and escaped', () => {
    const odd = [route('/v1/a@b;c'), route('/v1/c%3Ad'), route('/v1/{id}')];
    expect(lookUp(odd, '/v1/a@b;c')).toBe('/v1/a@b;c');
    expect(lookUp(odd, '/v1/a%40b%3Bc')).toBe('/v1/a@b;c');
    expect(lookUp(odd, '/v1/c%3Ad')).toBe('/v1/c%3Ad');
    expect(lookUp(odd, '/v1/c:d')).toEqual(['/v1/{id}', { id: 'c:d' }]);
    expect(() => RouteTable.build([route('/v1/a@b'), route('/v1/a%40b')])).toThrow(RouteConflictError);
  });

  test('a wildcard takes no empty segment', () => {
    expect(lookUp([route('/a/{b}')], '/a/')).toEqual({ kind: 'none' });
  });
});

describe('methods', () => {
  const routes = [route('/a', { methods: ['GET'] }), route('/{x}', { methods: ['POST', 'PUT'] })];

  test('the most specific route that has the method answers', () => {
    expect(lookUp(routes, '/a')).toBe('/a');
    expect(lookUp(routes, '/a', 'POST')).toEqual(['/{x}', { x: 'a' }]);
  });

  test('HEAD is answered by GET unless it has a route of its own', () => {
    expect(lookUp(routes, '/a', 'HEAD')).toBe('/a');
    expect(lookUp([...routes, route('/a', { id: 'own', methods: ['HEAD'] })], '/a', 'HEAD')).toBe('own');
  });

  test('a wrong method is told what there is', () => {
    expect(lookUp(routes, '/a', 'DELETE')).toEqual({ kind: 'wrong-method', allow: ['GET', 'HEAD', 'POST', 'PUT'] });
    expect(lookUp(routes, '/b', 'GET')).toEqual({ kind: 'wrong-method', allow: ['POST', 'PUT'] });
    expect(lookUp(routes, '/b/c', 'GET')).toEqual({ kind: 'none' });
  });
});

describe('hosts', () => {
  const routes = [
    route('/a', { id: 'any' }),
    route('/a', { id: 'below', hosts: ['*.example.com'] }),
    route('/{x}', { id: 'exact', hosts: ['api.example.com'] }),
    route('/a', { id: 'deeper', hosts: ['*.eu.example.com', 'other.org'] }),
    route('/b', { id: 'only-any' }),
  ];
  test.each([
    ['api.example.com', '/a', ['exact', { x: 'a' }]],
    ['www.example.com', '/a', 'below'],
    ['x.eu.example.com', '/a', 'deeper'],
    ['other.org', '/a', 'deeper'],
    ['example.com', '/a', 'any'],
    ['.example.com', '/a', 'any'],
    ['', '/a', 'any'],
    ['www.example.com', '/b', 'only-any'],
  ])('%s%s', (host, path, expected) => expect(lookUp(routes, path, 'GET', host)).toEqual(expected));

  test('a table of other hosts matches nothing', () => {
    expect(lookUp([route('/a', { hosts: ['x.org'] })], '/a')).toEqual({ kind: 'none' });
  });
});

describe('conflicts', () => {
  const pairs: [string, Options, string, Options, boolean][] = [
    ['/a/{x}', {}, '/a/{y}', {}, true],
    ['/a', { methods: ['GET'] }, '/a', { methods: ['POST'] }, false],
    ['/a', { methods: ['GET'] }, '/a', { methods: ['POST', 'GET'] }, true],
    ['/a', { methods: [] }, '/a', { methods: ['POST'] }, true],
    ['/a', { hosts: ['x.org'] }, '/a', {}, false],
    ['/a', { hosts: ['x.org'] }, '/a', { hosts: ['x.org', 'y.org'] }, true],
    ['/a/{x}', {}, '/a/*', {}, false],
  ];
  test.each(pairs)('%s %j and %s %j', (pathA, optionsA, pathB, optionsB, conflict) => {
    const [a, b] = [route(pathA, { id: 'first', ...optionsA }), route(pathB, { id: 'second', ...optionsB })];
    expect(areEqualRoutes(a, b)).toBe(conflict);
    if (conflict) expect(() => RouteTable.build([a, b])).toThrow(new RouteConflictError('first', 'second', pathB));
    else expect(() => RouteTable.build([a, b])).not.toThrow();
  });

  test('a host that stands twice is no conflict', () => {
    expect(() => RouteTable.build([route('/a', { hosts: ['x.org', 'x.org'] })])).not.toThrow();
  });
});

describe('against a naive matcher', () => {
  const RANK = { literal: 0, variable: 1, any: 2, ended: 3, variableRest: 4, rest: 5 };

  /** The segments that a template has left to match once its verb is taken off, or null. */
  function segmentsFor(entry: RouteEntry<string>, path: string): string[] | null {
    const { verb } = entry.template;
    const [text, suffix] = verb === '' ? [path, ''] : [path.slice(0, -verb.length - 1), `:${verb}`];
    if (text + suffix !== path) return null;
    return text === '/' && suffix === '' ? [] : text.slice(1).split('/');
  }

  function matches(entry: RouteEntry<string>, path: string): boolean {
    const segments = segmentsFor(entry, path);
    if (segments === null) return false;
    const { segments: pattern } = entry.template;
    const rest = pattern.at(-1)?.kind.toLowerCase().endsWith('rest') ?? false;
    const fixed = rest ? pattern.slice(0, -1) : pattern;
    if (rest ? segments.length < fixed.length : segments.length !== fixed.length) return false;
    return fixed.every(({ kind, text }, i) => (kind === 'literal' ? segments[i] === text : segments[i] !== ''));
  }

  function compare(path: string, a: RouteEntry<string>, b: RouteEntry<string>): number {
    const length = path === '/' ? 0 : path.split('/').length - 1;
    const rank = (entry: RouteEntry<string>, i: number) => RANK[entry.template.segments[i]?.kind ?? 'ended'];
    for (let i = 0; i < length; i++) {
      if (rank(a, i) !== rank(b, i)) return rank(a, i) - rank(b, i);
      if (rank(a, i) >= RANK.ended) break;
    }
    const byVerb = Number(b.template.verb !== '') - Number(a.template.verb !== '');
    return byVerb || rank(a, length) - rank(b, length);
  }

  const segment = fc.constantFrom('a', 'b', 'a:v', '*', '{}');
  const template = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '/**', '/{}**'), fc.constantFrom('', ':v'))
    .map(([segments, rest, verb]) => {
      let count = 0;
      const variable = (inner: string) => `{v${count++}=${inner}}`;
      const path = segments.map((each) => `/${each === '{}' ? variable('*') : each}`).join('');
      return path + (rest === '/{}**' ? `/${variable('**')}` : rest) + verb;
    })
    .filter((path) => path !== '' && path !== ':v' && !/:v:v$/.test(path));
  const path = fc.array(fc.constantFrom('a', 'b', 'c', '', 'a:v', 'c:v', ':v'), { maxLength: 4 });

  test('finds the same route', () => {
    fc.assert(
      fc.property(fc.uniqueArray(template, { maxLength: 12 }), path, (templates, parts) => {
        const target = `/${parts.join('/')}`;
        const routes = [
          ...new Map(templates.map((each) => route(each)).map((each) => [each.template.shape, each])).values(),
        ];
        const expected = routes.filter((each) => matches(each, target)).sort((a, b) => compare(target, a, b))[0];
        const match = RouteTable.build(routes).match('', target, 'GET');
        expect(match.kind === 'found' ? match.entry.id : null).toBe(expected?.id ?? null);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('requests to upgrade', () => {
  const chat = route('/chat', { id: 'chat', methods: ['POST'], upgrades: true });
  const page = route('/chat', { id: 'page', methods: ['GET'] });

  test('go to a route that takes them, whatever its methods', () => {
    expect(lookUp([chat, page], '/chat', UPGRADE)).toBe('chat');
    expect(lookUp([page, chat], '/chat', UPGRADE)).toBe('chat');
    expect(lookUp([chat, route('/**')], '/chat', UPGRADE)).toBe('chat');
    expect(lookUp([chat, page], '/chat')).toBe('page');
    const other = route('/chat', { id: 'other', methods: ['PUT'], upgrades: true });
    expect(lookUp([chat, other], '/chat', UPGRADE)).toBe('chat');
  });

  test('else to one that has GET', () => {
    expect(lookUp([page], '/chat', UPGRADE)).toBe('page');
    expect(lookUp([route('/**')], '/chat', UPGRADE)).toBe('/**');
  });

  test('and are no method that is allowed', () => {
    expect(lookUp([chat], '/chat', 'GET')).toEqual({ kind: 'wrong-method', allow: ['POST'] });
    expect(lookUp([route('/a', { methods: ['PUT'] })], '/a', UPGRADE)).toEqual({
      kind: 'wrong-method',
      allow: ['PUT'],
    });
  });
});
