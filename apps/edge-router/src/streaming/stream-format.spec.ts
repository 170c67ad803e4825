import { create } from '@bufbuild/protobuf';
import { GatewayError, toProblem } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { METHOD } from '../pipeline.fixture';
import { eventStream, jsonLines, rawContent } from './stream-format';
import { wantsEvents } from './wants-events';

const message = create(METHOD.output, { allowed: true });
const write = (): Buffer => Buffer.from('{"allowed":true}');
const problem = toProblem(new GatewayError('GW_UNAVAILABLE'));

describe('the forms of a stream', () => {
  test('lines of JSON', () => {
    const format = jsonLines(write);
    expect(getHeader(format.headers(null), 'content-type')).toBe('application/x-ndjson');
    expect(format.message(message, 1).toString()).toBe('{"allowed":true}\n');
    const last = format.failure(problem)!.toString();
    expect(last.endsWith('}\n')).toBe(true);
    expect(JSON.parse(last)).toEqual({ error: expect.objectContaining({ code: 'GW_UNAVAILABLE', status: 503 }) });
    expect([format.opening, format.keepAlive]).toEqual([null, null]);
  });

  test('server-sent events', () => {
    const format = eventStream(write);
    expect(getHeader(format.headers(null), 'content-type')).toBe('text/event-stream');
    expect(getHeader(format.headers(null), 'cache-control')).toBe('no-store');
    expect(String(format.opening)).toBe('retry: 3000\n\n');
    expect(String(format.keepAlive)).toBe(': keep-alive\n\n');
    expect(format.message(message, 7).toString()).toBe('id: 7\ndata: {"allowed":true}\n\n');
    expect(String(format.failure(problem))).toMatch(/^event: error\ndata: \{.*"code":"GW_UNAVAILABLE".*\}\n\n$/);
  });

  test('content as it is, which breaks off when it fails', () => {
    const format = rawContent(
      () => Buffer.from([1, 2]),
      () => 'text/csv',
    );
    expect(getHeader(format.headers(message), 'content-type')).toBe('text/csv');
    expect(getHeader(format.headers(null), 'content-type')).toBe('application/octet-stream');
    expect([...format.message(message, 1)]).toEqual([1, 2]);
    expect(format.failure(problem)).toBeNull();
  });
});

describe('what Accept asks for', () => {
  test.each([
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/html, text/event-stream;q=0.5', true],
    ['text/event-stream;q=0', false],
    ['text/event-stream;q=0.5, application/x-ndjson', false],
    ['text/event-stream;q=0.5, application/x-ndjson;q=0.5', true],
    ['text/event-streams', false],
    ['text/event-stream;q=nonsense', false],
  ])('%j: %j', (accept, expected) => {
    expect(wantsEvents(accept)).toBe(expected);
  });

  test('whatever it says, it is read', () => {
    const piece = fc.constantFrom('text/event-stream', 'application/x-ndjson', ';q=', '0.3', ',', ' ', ';', '*/*');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => void wantsEvents(parts.join(''))));
  });
});
