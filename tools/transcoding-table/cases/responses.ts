import type { JsonValue } from '@bufbuild/protobuf';
import type { CaseGroup } from '../transcoding-case';

const answer = (title: string, request: string, response: JsonValue, expected: string) => ({
  title,
  request,
  response,
  expected,
});

/** What clients get. */
export const RESPONSES: CaseGroup = {
  title: 'Responses',
  cases: [
    answer(
      'defaults are present, messages only when they are set',
      'GET /v1/books/b1',
      { id: 'b1' },
      'application/json {"id":"b1","title":"","editions":[],"labels":{}}',
    ),
    answer('nothing', 'DELETE /v1/books/b1', {}, 'application/json {}'),
    answer('`response_body`: a text', 'GET /v1/books/b1/title', { title: 'Emma' }, 'application/json "Emma"'),
    answer(
      '`response_body`: a message',
      'GET /v1/books/b1/author',
      { author: { name: 'Jane' } },
      'application/json {"name":"Jane","born":0,"names":[]}',
    ),
    answer('`response_body`: a message that is not set', 'GET /v1/books/b1/author', {}, 'application/json null'),
    answer('`response_body`: a list', 'POST /v1/books/b1/tags', { tags: ['a'] }, 'application/json ["a"]'),
    answer(
      'a HttpBody is its bytes with its type',
      'GET /v1/files/a.txt',
      { contentType: 'text/plain; charset=utf-8', data: 'aGk=' },
      'text/plain; charset=utf-8 hi',
    ),
    answer('a HttpBody that has no type', 'GET /v1/files/a', { data: 'aGk=' }, 'application/octet-stream hi'),
    answer(
      'a HttpBody whose type is no header',
      'GET /v1/files/a',
      { contentType: 'a/b\r\nset-cookie: x', data: 'aGk=' },
      'application/octet-stream hi',
    ),
    answer(
      'values of every kind',
      'POST /v1/kinds',
      {
        large: '9007199254740993',
        ratio: 'NaN',
        data: '+/8=',
        binding: 1,
        at: '2026-01-31T12:00:00Z',
        wrappedLarge: '7',
        maybe: '',
      },
      'application/json {"text":"","small":0,"large":"9007199254740993","unsignedLarge":"0","flag":false,"ratio":"NaN","data":"+/8=","binding":"BINDING_PAPER","words":[],"numbers":[],"bindings":[],"editions":[],"counts":{},"maybe":"","at":"2026-01-31T12:00:00Z","wrappedLarge":"7"}',
    ),
  ],
};
