import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from '@gateway/route-table';
import fc from 'fast-check';
import { insertAfter, insertAtEndOfBlock, type TextTree } from './edit.mjs';
import { methodShape } from './method-shape.mjs';
import { plural, serviceNames } from './names.mjs';

// That what they write builds, starts and answers is shown end to end: apps/edge-router-e2e/src/five-minutes.spec.ts.

describe('names', () => {
  test('of a service are made of its own', () => {
    expect(serviceNames('book-shelf')).toEqual({
      name: 'book-shelf',
      base: 'book-shelf',
      identity: 'book-shelf-service',
      package: 'book_shelf',
      className: 'BookShelf',
      propertyName: 'bookShelf',
      prefix: 'BOOK_SHELF_',
      path: '/api/v1/book-shelf',
    });
    expect(serviceNames('shop-service')).toMatchObject({ base: 'shop', identity: 'shop-service', className: 'Shop' });
  });

  test.each(['', 'Shop', 'shop_a', '1shop', 'shop-', '-shop', 'a'.repeat(41), '../x'])('%j is none', (name) =>
    expect(() => serviceNames(name)).toThrow('is no name of a service'),
  );

  test.each([
    ['book', 'books'],
    ['library', 'libraries'],
    ['key', 'keys'],
    ['box', 'boxes'],
    ['search', 'searches'],
  ])('more than one %s are %s', (one, more) => expect(plural(one)).toBe(more));
});

describe('a method', () => {
  test.each([
    ['GetBook', 'get: "/api/v1/shop/books/{id}"'],
    ['ListBooks', 'get: "/api/v1/shop/books"'],
    ['ListLibraries', 'get: "/api/v1/shop/libraries"'],
    ['CreateBookOrder', 'post: "/api/v1/shop/book-orders" body: "*"'],
    ['UpdateBook', 'patch: "/api/v1/shop/books/{id}" body: "*"'],
    ['DeleteBook', 'delete: "/api/v1/shop/books/{id}"'],
    ['LendBook', 'post: "/api/v1/shop/lend-book" body: "*"'],
    ['Get', 'post: "/api/v1/shop/get" body: "*"'],
    ['Gettysburg', 'post: "/api/v1/shop/gettysburg" body: "*"'],
  ])('%s is %s', (method, rule) => expect(methodShape('/api/v1/shop', method).rule).toBe(rule));

  test('says what it does with what', () => {
    expect(methodShape('/x', 'CreateApple')).toMatchObject({
      property: 'createApple',
      does: 'Makes an apple of a name.',
      handler: `return this.records.create('apple', name);`,
    });
    expect(methodShape('/x', 'ListApples').test.join()).toContain('call(method.listApples, {');
  });

  test.each(['', 'get', 'Get-Book', 'Get Book', '1Get', 'Get{'])('%j is none', (method) =>
    expect(() => methodShape('/x', method)).toThrow('is no name of a method'),
  );

  test('has a path template whatever it is called', () => {
    const name = fc.stringMatching(/^(Get|List|Create|Update|Delete|Do|)[A-Z][A-Za-z0-9]{0,12}$/);
    fc.assert(
      fc.property(name, (method) => {
        const [, path] = /"([^"]+)"/.exec(methodShape('/api/v1/shop', method).rule)!;
        expect(compileTemplate(path!).source.startsWith('/api/v1/shop/')).toBe(true);
      }),
    );
  });
});

describe('edits', () => {
  const treeOf = (text: string): TextTree & { text: string } => ({
    text,
    read(file) {
      return file === 'f' ? this.text : null;
    },
    write(_file, written) {
      this.text = written;
    },
  });

  test('go behind what they look for, or to the end of its block', () => {
    const tree = treeOf('a {\n  b { c }\n}\nd { }');
    insertAfter(tree, 'f', /b /, '! ');
    insertAtEndOfBlock(tree, 'f', /a \{/, '  e\n');
    expect(tree.text).toBe('a {\n  b ! { c }\n  e\n}\nd { }');
  });

  test('are refused, with what to write, where there is nothing of the kind', () => {
    expect(() => insertAfter(treeOf('a'), 'f', /b/, ' row ')).toThrow('f has nothing like /b/: add to it by hand\nrow');
    expect(() => insertAtEndOfBlock(treeOf('a { {}'), 'f', /a \{/, 'row')).toThrow('f has no block like');
    expect(() => insertAfter(treeOf(''), 'g', /b/, '')).toThrow('g is not there');
  });
});
