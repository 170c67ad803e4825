import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileTemplate, TemplateError } from './template';

describe('compileTemplate', () => {
  test('reads literals, wildcards and variables', () => {
    const template = compileTemplate('/v1/{name=shelves/*}/books/{book.id}/**');
    expect(template.segments).toEqual([
      { kind: 'literal', text: 'v1' },
      { kind: 'literal', text: 'shelves' },
      { kind: 'variable', text: '' },
      { kind: 'literal', text: 'books' },
      { kind: 'variable', text: '' },
      { kind: 'rest', text: '' },
    ]);
    expect(template.variables).toEqual([
      { path: ['name'], from: 1, to: 3, multi: true },
      { path: ['book', 'id'], from: 4, to: 5, multi: false },
    ]);
  });

  test('reads a verb, also after a variable', () => {
    expect(compileTemplate('/v1/jobs/{id}:cancel')).toMatchObject({ verb: 'cancel', shape: '/v1/jobs/{}:cancel' });
    expect(compileTemplate('/v1/{name=a:b/*}').verb).toBe('');
    expect(compileTemplate('/v1:beta/jobs').verb).toBe('');
  });

  test('gives equal shapes to templates that differ in names only', () => {
    expect(compileTemplate('/v1/{a}').shape).toBe(compileTemplate('/v1/{b.c=*}').shape);
    expect(compileTemplate('/v1/*').shape).not.toBe(compileTemplate('/v1/{a}').shape);
    expect(compileTemplate('/').shape).toBe('/');
  });

  test('writes literals as canonical paths carry them', () => {
    expect(compileTemplate('/caf\u00e9/%7euser/%2fx/a%40b/c%3ad').segments.map(({ text }) => text)).toEqual([
      'caf%C3%A9',
      '~user',
      '%2Fx',
      'a@b',
      'c%3Ad',
    ]);
    expect(compileTemplate("/%21$%26'/x").shape).toBe("/!$&'/x");
  });

  test.each([
    ['v1', 'must start with "/"'],
    ['/v1/', 'empty or malformed segment'],
    ['//v1', 'empty or malformed segment'],
    ['/a{b}', 'empty or malformed segment'],
    ['/{a}b', 'empty or malformed segment'],
    ['/{a', 'empty or malformed segment'],
    ['/{a={b}}', 'empty or malformed segment'],
    ['/{}', 'bad variable name ""'],
    ['/{a..b}', 'bad variable name "a..b"'],
    ['/{a=}', 'bad segment ""'],
    ['/{a=b//c}', 'bad segment ""'],
    ['/a b', 'bad segment "a b"'],
    ['/%zz', 'bad segment "%zz"'],
    ['/a*', 'bad segment "a*"'],
    ['/**/a', '"**" must come last'],
    ['/{a=**}/b', '"**" must come last'],
    ['/{a}/{a}', 'variable "a" stands twice'],
    ['/a:', 'bad verb ""'],
    ['/a:b:c', 'bad verb "b:c"'],
    ['/:go', 'a verb needs a segment before it'],
    ['/a'.repeat(65), 'more than 64 segments'],
  ])('refuses %s', (source, problem) => {
    expect(() => compileTemplate(source)).toThrow(new TemplateError(source, problem));
  });

  test('either compiles or throws a TemplateError, whatever it is given', () => {
    const soup = fc.array(
      fc.constantFrom('/', '{', '}', '=', '*', '**', ':', '.', 'a', 'b', '%', '%2F', ' ', '\u00e9'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => `/${parts.join('')}`),
          fc.string(),
        ),
        (source) => {
          try {
            const { segments, variables } = compileTemplate(source);
            for (const { from, to } of variables) expect(to < 0 ? segments.length : to).toBeGreaterThan(from);
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
