import { describe, expect, test } from '@jest/globals';
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { compileFieldReader, hasFieldText } from './field-reader';
import { Everything, registry } from './testdata/everything';

const read = (name: string, json: JsonObject): string | undefined =>
  compileFieldReader(Everything, name)(fromJson(Everything, json, { registry }));

describe('compileFieldReader', () => {
  test.each<[string, JsonObject, string | undefined]>([
    ['text_value', { textValue: 'a' }, 'a'],
    ['textValue', { textValue: 'a' }, 'a'],
    ['text_value', {}, ''],
    ['int64_value', { int64Value: '9007199254740993' }, '9007199254740993'],
    ['bool_value', { boolValue: true }, 'true'],
    ['bytes_value', { bytesValue: 'AAE=' }, 'AAE='],
    ['colour', { colour: 'COLOUR_RED' }, 'COLOUR_RED'],
    ['colour', { colour: 9 }, '9'],
    ['inner.inner.number', { inner: { inner: { number: 3 } } }, '3'],
    ['inner.inner.number', { inner: {} }, undefined],
    ['maybe', {}, undefined],
    ['maybe', { maybe: 'x' }, 'x'],
    ['at', { at: '2026-01-31T12:00:00Z' }, '2026-01-31T12:00:00Z'],
    ['at', {}, undefined],
    ['wrapped_text', { wrappedText: 'w' }, 'w'],
    ['wrapped_bytes', { wrappedBytes: 'AAE=' }, 'AAE='],
    ['choice_text', { choiceText: 'c' }, 'c'],
    ['choice_text', { choiceNumber: 1 }, undefined],
    ['choice_wrapped', { choiceWrapped: '7' }, '7'],
    ['choice_inner.number', { choiceInner: { number: 5 } }, '5'],
    ['choice_inner.number', {}, undefined],
  ])('%s of %j', (name, json, expected) => expect(read(name, json)).toBe(expected));

  test('refuses what has no text', () => {
    expect(() => compileFieldReader(Everything, 'nope')).toThrow('everything.v1.Everything has no field "nope"');
    expect(() => compileFieldReader(Everything, 'words')).toThrow('everything.v1.Everything.words has no text');
    expect(hasFieldText(Everything, 'inner')).toBe(false);
    expect(hasFieldText(Everything, 'inner.number')).toBe(true);
  });
});
