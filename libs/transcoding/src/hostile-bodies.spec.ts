import { expect, test } from '@jest/globals';
import { toJson } from '@bufbuild/protobuf';
import { type GatewayError } from '@gateway/errors';
import { Everything, registry, transcoder } from './testdata/everything';

const body = transcoder({ body: '*' });
const decode = (text: string) => body.decode({ pathValues: [], query: '', body: Buffer.from(text) });

/** What is wrong with a body, as `rule pointer`. */
function problem(text: string): string | undefined {
  try {
    decode(text);
  } catch (error) {
    expect((error as GatewayError).code).toBe('GW_INVALID_FIELD');
    return (error as GatewayError).context.errors!.map(({ rule, pointer }) => `${rule} ${pointer}`).join();
  }
  return undefined;
}

test('a name that stands twice is refused, wherever, however it is written', () => {
  expect(problem('{"counts":{"a":1,"a":2}}')).toBe('duplicate /counts/a');
  expect(problem(String.raw`{"words":["x"],"\u0077ords":["y"]}`)).toBe('duplicate /words');
});

test('names that mean something to JavaScript are names', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty'])
    expect(problem(`{"${name}":{"polluted":1}}`)).toBe(`unknown /${name}`);
  const message = decode('{"counts":{"constructor":1,"toString":2}}');
  expect(toJson(Everything, message, { registry })).toEqual({ counts: { constructor: 1, toString: 2 } });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('a map cannot be given another prototype', () => {
  const { counts } = decode('{"counts":{"__proto__":5,"a":1}}') as unknown as { counts: object };
  expect(Object.entries(counts)).toEqual([
    ['__proto__', 5],
    ['a', 1],
  ]);
  expect([Object.prototype, null]).toContain(Object.getPrototypeOf(counts));
});

test('the number of members and their nesting are bounded', () => {
  const members = Array.from({ length: 20_001 }, (_, index) => `"${index}":1`).join();
  expect(problem(`{"counts":{${members}}}`)).toBe('size ');
  expect(problem(`{"words":${'['.repeat(300)}${']'.repeat(300)}}`)).toBe('depth ');
});
