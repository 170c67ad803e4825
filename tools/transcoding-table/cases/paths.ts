import type { CaseGroup } from '../transcoding-case';

/** Templates, and what their variables capture. */
export const PATHS: CaseGroup = {
  title: 'Paths',
  cases: [
    { title: 'a variable is one segment', request: 'GET /v1/books/b1', expected: 'GetBook {"id":"b1"}' },
    { title: 'two variables', request: 'GET /v1/shelves/s1/books/b1', expected: 'GetBook {"id":"b1","shelf":"s1"}' },
    {
      title: 'variables that are fields of a field; a number, and an enum by name',
      request: 'GET /v1/covers/2/BINDING_CLOTH',
      expected: 'GetBook {"edition":{"number":2,"kind":"BINDING_CLOTH"}}',
    },
    {
      title: 'an enum by number',
      request: 'GET /v1/covers/2/1',
      expected: 'GetBook {"edition":{"number":2,"kind":"BINDING_PAPER"}}',
    },
    {
      title: 'a variable of a wrong type',
      request: 'GET /v1/covers/two/PAPER',
      expected: '400 type path/edition.number, type path/edition.kind',
    },
    {
      title: 'a variable of several segments keeps its literals',
      request: 'GET /v2/shelves/s1/books/b1',
      expected: 'GetNamed {"name":"shelves/s1/books/b1"}',
    },
    {
      title: 'such a variable of a field, and another',
      request: 'GET /v2/shelves/s1/notes/n1',
      expected: 'GetNamed {"part":{"name":"shelves/s1"},"note":"n1"}',
    },
    { title: '`**` takes all segments', request: 'GET /v1/files/a/b/c.txt', expected: 'GetFile {"path":"a/b/c.txt"}' },
    { title: '`**` takes one', request: 'GET /v1/files/a', expected: 'GetFile {"path":"a"}' },
    { title: '`**` takes none', request: 'GET /v1/files', expected: 'GetFile {}' },
    { title: '`**` before a verb', request: 'GET /v1/files/a/b:raw', expected: 'GetFile {"path":"a/b"}' },
    {
      title: 'a colon that is no verb belongs to the value',
      request: 'GET /v1/files/a:b',
      expected: 'GetFile {"path":"a:b"}',
    },
    {
      title: '`*` outside of a variable sets nothing',
      request: 'GET /v1/odd/any/of/b1',
      expected: 'GetOdd {"id":"b1"}',
    },
    { title: '`**` outside of a variable neither', request: 'GET /v1/odd/all/a/b', expected: 'GetOdd {}' },
    {
      title: 'a literal with reserved characters, bare',
      request: 'GET /v1/odd/a@b;c/b1',
      expected: 'GetOdd {"id":"b1"}',
    },
    { title: 'the same, escaped', request: 'GET /v1/odd/a%40b%3bc/b1', expected: 'GetOdd {"id":"b1"}' },
    { title: 'the same, one of them escaped', request: 'GET /v1/odd/a%40b;c/b1', expected: 'GetOdd {"id":"b1"}' },
    { title: 'a literal with an escaped letter', request: 'GET /v1/%62ooks/b1', expected: 'GetBook {"id":"b1"}' },
    { title: 'letters of literals have a case', request: 'GET /v1/Books/b1', expected: '404' },
    {
      title: 'one segment is decoded whole',
      request: 'GET /v1/books/a%20b%2Bc%E2%82%AC',
      expected: 'GetBook {"id":"a b+c€"}',
    },
    { title: 'its escaped slash, too', request: 'GET /v1/books/war%2Fpeace', expected: 'GetBook {"id":"war/peace"}' },
    { title: 'a plus is a plus', request: 'GET /v1/books/a+b', expected: 'GetBook {"id":"a+b"}' },
    {
      title: 'what is escaped twice is decoded once',
      request: 'GET /v1/books/a%252Fb',
      expected: 'GetBook {"id":"a%2Fb"}',
    },
    { title: 'an escaped colon is no verb', request: 'GET /v1/books/b1%3Alend', expected: 'GetBook {"id":"b1:lend"}' },
    {
      title: 'several segments keep escaped slashes as they are',
      request: 'GET /v1/files/a%2Fb/c%20d',
      expected: 'GetFile {"path":"a%2Fb/c d"}',
    },
    { title: 'an escape that is not UTF-8', request: 'GET /v1/books/%FF', expected: '400 encoding path/id' },
    { title: 'a broken escape', request: 'GET /v1/books/%4', expected: '400' },
    { title: 'an empty segment is no value', request: 'GET /v1/books/', expected: '404' },
    { title: 'a segment too many', request: 'GET /v1/books/b1/pages', expected: '404' },
  ],
};

/** Which method takes a request. */
export const METHODS: CaseGroup = {
  title: 'Methods',
  cases: [
    {
      title: 'a custom verb',
      request: 'POST /v1/books/b1:lend',
      body: { to: 'ada' },
      expected: 'LendBook {"id":"b1","to":"ada"}',
    },
    {
      title: 'a custom verb has its own methods',
      request: 'PURGE /v1/books/b1:lend',
      expected: 'PurgeBook {"id":"b1:lend"}',
    },
    { title: 'HEAD is answered as GET is', request: 'HEAD /v1/books/b1', expected: 'GetBook {"id":"b1"}' },
    { title: 'DELETE', request: 'DELETE /v1/books/b1', expected: 'DeleteBook {"id":"b1"}' },
    { title: 'a method of its own name', request: 'PURGE /v1/books/b1', expected: 'PurgeBook {"id":"b1"}' },
    { title: 'any method: GET', request: 'GET /v1/hooks/h1', expected: 'Hook {"id":"h1"}' },
    {
      title: 'any method: one that nobody knows',
      request: 'REPORT /v1/hooks/h1',
      body: { to: 'x' },
      expected: 'Hook {"id":"h1","to":"x"}',
    },
    {
      title: 'a method that the path does not have',
      request: 'POST /v1/books/b1',
      expected: '405 allow: DELETE, GET, HEAD, PATCH, PURGE, PUT',
    },
    { title: 'methods have a case', request: 'get /v1/search', expected: '405 allow: GET, HEAD' },
  ],
};
