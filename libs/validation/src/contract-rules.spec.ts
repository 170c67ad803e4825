import { describe, expect, test } from '@jest/globals';
import { create, createFileRegistry, createRegistry, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { ContractRules, ruleProblemLine } from './index';
import { registry, typeOf } from './testdata/rules.fixture';

const contract = new ContractRules(registry);

/** The broken rules of a message, as `rule pointer`. */
function broken(type: string, json: JsonValue): string[] | null {
  const { rules, problems } = contract.of(typeOf(type));
  expect(problems).toEqual([]);
  const errors = rules!.check(fromJson(typeOf(type), json, { registry }));
  return errors === null ? null : errors.map(({ rule, pointer }) => `${rule} ${pointer}`).sort();
}

const right = { name: 'a', card: '1234' };

describe('standard rules', () => {
  test('let a right message pass', () => {
    const lines = [{ amount: 1, nested: { amount: 2 } }];
    const whole = {
      lines,
      orderCode: 'a-b',
      byName: { abc: { amount: 1 } },
      tags: ['x'],
      count: 5,
      byFlag: { true: 'YQ==' },
    };
    expect(broken('Order', { ...right, ...whole, due: '1970-01-01T00:16:39Z', kind: 'KIND_NORMAL' })).toBeNull();
  });

  test.each<[string, JsonValue, string[]]>([
    ['a field', { name: '' }, ['string.min_len /name']],
    ['a field by its JSON name', { orderCode: 'A' }, ['string.pattern /orderCode']],
    ['a list', { lines: [{ amount: 1 }, { amount: 1 }, { amount: 1 }, { amount: 1 }] }, ['repeated.max_items /lines']],
    ['an item', { lines: [{ amount: 1 }, { amount: 0 }] }, ['uint64.gte /lines/1/amount']],
    ['something deep', { lines: [{ amount: 1, nested: {} }] }, ['uint64.gte /lines/0/nested/amount']],
    ['a scalar item', { tags: ['a', ''] }, ['string.min_len /tags/1']],
    ['a key', { byName: { '/~': { amount: 1 } } }, ['string.min_len /byName/~1~0']],
    ['a value under a key', { byName: { 'a/b~': {} } }, ['uint64.gte /byName/a~1b~0/amount']],
    ['a value under true', { byFlag: { true: 'Yg==' } }, ['bytes.pattern /byFlag/true']],
    ['a time', { due: '1970-01-01T00:16:40Z' }, ['timestamp.lt /due']],
    ['a wrapper', { count: 4 }, ['int32.gte /count']],
    ['a number of an enum', { kind: 7 }, ['enum.defined_only /kind']],
    ['a nested message', { parent: { name: 'b' } }, ['required /parent']],
  ])('say where %s is wrong', (_, json, expected) => {
    expect(broken('Order', { ...right, ...(json as object) })).toEqual(expected);
  });

  test('of a oneof point to the message around, of several fields to each', () => {
    expect(broken('Order', { name: 'a' })).toEqual(['required ']);
    expect(broken('Order', { card: '1' })).toEqual(['string.min_len /card', 'string.min_len /name']);
  });

  test('explain', () => {
    const errors = contract
      .of(typeOf('Order'))
      .rules!.check(fromJson(typeOf('Order'), { ...right, byName: { a: { amount: 1 } } }));
    expect(errors).toEqual([
      { pointer: '/byName/a', rule: 'string.min_len', detail: 'the key: must be at least 3 characters' },
    ]);
  });

  test('report a bounded number, and one only in a large message', () => {
    const many = (count: number) => broken('Order', { ...right, tags: Array<string>(count).fill('') });
    expect(many(10)).toHaveLength(10);
    expect(many(100)).toHaveLength(16);
    expect(many(3_000)).toEqual(['string.min_len /tags/0']);
  });
});

describe('rules of the contract itself', () => {
  test('are written in CEL', () => {
    expect(broken('Custom', { from: 1, to: 2 })).toBeNull();
    expect(broken('Custom', { from: 3, to: 1 })).toEqual(['even /to', 'span ']);
    expect(broken('Said', {})).toBeNull();
    expect(broken('Said', { a: 'no' })).toEqual(["this.a != 'no' ? '' : this.a "]);
  });

  test('are predefined by extensions', () => {
    expect(broken('Predefined', { word: 'hey!' })).toBeNull();
    expect(broken('Predefined', { word: 'hey' })).toEqual(['string.shout /word']);
  });

  test('that cannot be evaluated for a message count as broken', () => {
    expect(broken('Divided', { by: 2, name: 'a' })).toBeNull();
    expect(broken('Divided', { by: 10, name: 'a' })).toEqual(['divided ']);
    expect(broken('Divided', { name: 'a' })).toEqual(['evaluation ']);
    // The first one is known before the other can't be evaluated.
    expect(broken('Divided', {})).toEqual(['string.min_len /name']);
  });

  test('match patterns of a request in linear time', () => {
    const started = performance.now();
    expect(broken('Matched', { text: `${'a'.repeat(30_000)}b`, pattern: '^(a+)+$' })).toEqual(['matched ']);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(broken('Matched', { text: 'a', pattern: '(' })).toEqual(['evaluation ']);
    expect(broken('Matched', { text: 'a', pattern: 'a'.repeat(3_000) })).toEqual(['evaluation ']);
  });
});

describe('a contract', () => {
  test('that has no rules costs nothing', () => {
    expect(contract.of(typeOf('Plain'))).toEqual({ rules: null, problems: [] });
  });

  test('is compiled once for each type', () => {
    expect(contract.of(typeOf('Order'))).toBe(contract.of(typeOf('Order')));
  });

  test.each([
    [
      'BadPattern',
      [
        'BadPattern.a: error parsing regexp: missing closing ): `^x(y$`',
        'BadPattern.b: error parsing regexp: missing closing ]: `[`',
      ],
    ],
    [
      'BadSyntax',
      ['BadSyntax.n: failed to compile more: syntax error: <input>:1:6: found > but expecting end of input'],
    ],
    ['BadName', ['BadName: field not found: nope']],
    ['BadResult', ['BadResult.n: expression this + 1 outputs bigint, wanted either bool or string']],
    ['BadOverload', ["BadOverload: found no matching overload for '_>_' applied to '(int, string)'"]],
    ['BadKind', ['BadKind.n: expected rule "int32", got "string" on field rules.v1.BadKind.n']],
    ['BadFixedPattern', ['BadFixedPattern: error parsing regexp: missing closing ): `(`']],
    ['BadOneof', ['BadOneof: field "x" not found in message rules.v1.BadOneof']],
    ['Outer', ['BadKind.n: expected rule "int32", got "string" on field rules.v1.BadKind.n']],
  ])('names what cannot be applied in %s', (name, expected) => {
    const { rules, problems } = contract.of(typeOf(name));
    expect(rules).toBeNull();
    expect(problems.map(ruleProblemLine)).toEqual(expected.map((line) => `rules.proto: rules.v1.${line}`));
  });

  test('whose options are not rules is a problem too', () => {
    // Field 1159 is where the rules are; a number stands there instead of a message.
    const options = { $unknown: [{ no: 1159, wireType: WireType.Varint, data: Uint8Array.of(1) }] };
    const field = {
      name: 'a',
      number: 1,
      label: FieldDescriptorProto_Label.OPTIONAL,
      type: FieldDescriptorProto_Type.STRING,
    };
    const proto = create(FileDescriptorProtoSchema, {
      name: 'odd.proto',
      syntax: 'proto3',
      messageType: [{ name: 'Odd', field: [field] }],
    });
    proto.messageType[0]!.field[0]!.options = Object.assign(create(FieldOptionsSchema), options);
    const odd = createFileRegistry(create(FileDescriptorSetSchema, { file: [proto] }));
    const { problems } = new ContractRules(odd).of(odd.getMessage('Odd')!);
    expect(problems.map(ruleProblemLine)).toEqual([
      expect.stringMatching(/^odd\.proto: Odd: its rules can't be read: /),
    ]);
  });

  test('without the types of its own rules has a problem', () => {
    const { problems } = new ContractRules(createRegistry()).of(typeOf('Predefined'));
    expect(problems.map(ruleProblemLine)).toEqual([
      expect.stringMatching(/^rules\.proto: rules\.v1\.Predefined: Unknown extension for buf\.validate\.StringRules/),
    ]);
  });
});
