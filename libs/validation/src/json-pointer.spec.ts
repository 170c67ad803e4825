import { expect, test } from '@jest/globals';
import type { DescMessage } from '@bufbuild/protobuf';
import { buildPath } from '@bufbuild/protobuf/reflect';
import { jsonPointer } from './json-pointer';
import { registry, typeOf } from './testdata/rules.fixture';

const Order = typeOf('Order');
const fieldOf = (desc: DescMessage, name: string) => desc.fields.find((field) => field.name === name)!;

test('ends where the JSON has no place of its own', () => {
  const due = fieldOf(Order, 'due');
  const seconds = buildPath(Order).field(due).field(due.message!.fields[0]!);
  expect(jsonPointer(seconds.toPath())).toBe('/due');
  const oneof = buildPath(Order).field(fieldOf(Order, 'parent')).oneof(Order.oneofs[0]!);
  expect(jsonPointer(oneof.toPath())).toBe('/parent');
  expect(jsonPointer([])).toBe('');
});

test('names extensions as proto JSON does', () => {
  const shout = registry.getExtension('rules.v1.shout')!;
  expect(jsonPointer(buildPath(shout.extendee).extension(shout).toPath())).toBe('/[rules.v1.shout]');
});

test('repeats no more of a key than a person reads', () => {
  const byName = buildPath(Order).field(fieldOf(Order, 'by_name')).map('k'.repeat(1_000));
  expect(jsonPointer(byName.toPath())).toBe(`/byName/${'k'.repeat(128)}`);
});
