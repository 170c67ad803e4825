import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { setExtension } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { message_versions } from '@gateway/contracts';
import fc from 'fast-check';
import { VersionForms } from './compile-forms';
import { FormError } from './form-error';
import { type Boundary, since, type TypeFixture, typesOf, until } from './forms.fixture';
import type { JsonForm } from './message-form';

/** The form of `Item` in a version, of `Owner {id, name}` and whatever else there is. */
function formOf(version: string, item: TypeFixture, more: Record<string, TypeFixture> = {}): JsonForm | null {
  const types = typesOf({ Owner: { fields: ['id', 'name'] }, Item: item, ...more });
  return new VersionForms(version).ofMessage(types('Item'));
}

const ITEM = ['id', 'owner_id', 'title', 'owner:Owner', 'tags[]'];
const item = (...versions: Boundary[]): TypeFixture => ({ fields: ITEM, versions });

function written(form: JsonForm | null, json: JsonObject): JsonValue {
  const copy = structuredClone(json);
  form!.write(copy);
  return copy;
}

function read(form: JsonForm | null, json: JsonObject): { json: JsonObject; unknown: string[] } {
  const copy = structuredClone(json);
  return { unknown: form!.read(copy), json: copy };
}

describe('one boundary', () => {
  test('a field has another name', () => {
    const form = formOf('v1', item(until('v1', { field: 'owner_id', as: 'user_id' })));
    expect(written(form, { id: '1', ownerId: 'ada' })).toEqual({ id: '1', userId: 'ada' });
    for (const name of ['userId', 'user_id'])
      expect(read(form, { id: '1', [name]: 'ada' })).toEqual({ json: { id: '1', ownerId: 'ada' }, unknown: [] });
    expect(read(form, { owner_id: 'ada', id: '1' })).toEqual({ json: { id: '1' }, unknown: ['/owner_id'] });
    expect([form!.locate('/ownerId'), form!.locate('/ownerIdea'), form!.locate('')]).toEqual([
      '/userId',
      '/ownerIdea',
      '',
    ]);
  });

  test('two fields change places', () => {
    const form = formOf('v1', item(until('v1', { field: 'id', as: 'title' }, { field: 'title', as: 'id' })));
    expect(written(form, { id: '1', title: 't' })).toEqual({ id: 't', title: '1' });
    expect(read(form, { id: 't', title: '1' })).toEqual({ json: { id: '1', title: 't' }, unknown: [] });
  });

  test('a field stands in an object that the message does not have, and out of one that it has', () => {
    const form = formOf(
      'v1',
      item(until('v1', { field: 'title', as: 'text.title' }, { field: 'owner.name', as: 'owner_name' })),
    );
    const near = { title: 't', owner: { id: 'o', name: 'Ada' } };
    const far = { text: { title: 't' }, owner: { id: 'o' }, ownerName: 'Ada' };
    expect(written(form, near)).toEqual(far);
    expect(read(form, far)).toEqual({ json: near, unknown: [] });
    expect(read(form, { text: {} })).toEqual({ json: {}, unknown: [] });
    expect(read(form, { text: { title: 't', more: 1 } }).json).toEqual({ text: { more: 1 }, title: 't' });
    expect(read(form, { text: 'no object' }).json).toEqual({ text: 'no object' });
    expect(read(form, { owner: { name: 'Ada' } }).unknown).toEqual(['/owner/name']);
    expect(form!.locate('/owner/name')).toBe('/ownerName');
  });

  test('a message dissolves', () => {
    const form = formOf(
      'v1',
      item(
        until(
          'v1',
          { field: 'owner', removed: true },
          { field: 'owner.id', as: 'o' },
          { field: 'owner.name', as: 'n' },
        ),
      ),
    );
    const near = { owner: { id: 'o', name: 'Ada' } };
    expect(written(form, near)).toEqual({ o: 'o', n: 'Ada' });
    expect(read(form, { o: 'o', n: 'Ada' })).toEqual({ json: near, unknown: [] });
    expect(written(form, {})).toEqual({});
  });

  test('a field is not there yet, or no longer', () => {
    const form = formOf(
      'v1',
      item(
        until('v1', { field: 'title', removed: true, value: '"none"' }, { as: 'legacy', value: 'true' }, { as: 'old' }),
      ),
    );
    expect(written(form, { id: '1', title: 't' })).toEqual({ id: '1', legacy: true });
    expect(read(form, { id: '1', legacy: false, old: 7 })).toEqual({ json: { id: '1', title: 'none' }, unknown: [] });
    expect(read(form, { title: 't' })).toEqual({ json: { title: 'none' }, unknown: ['/title'] });
  });

  test('a field has a value where a request says nothing', () => {
    const form = formOf('v1', item(until('v1', { field: 'title', value: '"new"' }, { field: 'tags', value: '["a"]' })));
    expect(read(form, {}).json).toEqual({ title: 'new', tags: ['a'] });
    expect(read(form, { title: 'mine', tags: [] })).toEqual({ json: { title: 'mine', tags: [] }, unknown: [] });
    expect(read(form, { title: null }).json['title']).toBe('new');
    expect(written(form, {})).toEqual({});
  });

  test('names are made as protobuf makes them', () => {
    const form = formOf('v1', item(until('v1', { field: 'title', as: 'sub__head_1_' })));
    expect(written(form, { title: 't' })).toEqual({ subHead1: 't' });
  });

  test('null stays where nothing else is said', () => {
    const form = formOf('v1', item(until('v1', { field: 'title', as: 'name' })));
    expect(read(form, { name: null }).json).toEqual({ title: null });
  });
});

describe('versions', () => {
  const chain = item(
    until('v1', { field: 'text', as: 'caption' }),
    until('v2', { field: 'title', as: 'text' }),
    since('v5', { field: 'owner_id', as: 'user_id' }),
    since('v7', { field: 'user_id', as: 'account' }),
  );
  test.each([
    ['v1', { caption: 't', ownerId: 'o' }],
    ['v2', { text: 't', ownerId: 'o' }],
    ['v3', null],
    ['v6', { title: 't', userId: 'o' }],
    ['v7', { title: 't', account: 'o' }],
  ])('%s is as many boundaries away as there are', (version, expected) => {
    const form = formOf(version, chain);
    const near = { title: 't', ownerId: 'o' };
    if (expected === null) return expect(form).toBeNull();
    expect(written(form, near)).toEqual(expected);
    return expect(read(form, expected)).toEqual({ json: near, unknown: [] });
  });

  test('a pointer goes all the way', () => {
    expect(formOf('v1', chain)!.locate('/title')).toBe('/caption');
  });
});

describe('messages within', () => {
  const types = {
    Owner: { fields: ['id', 'name'], versions: [until('v1', { field: 'name', as: 'label' })] },
    Item: {
      fields: ['owner:Owner', 'owners[]:Owner', 'by_name{}:Owner', 'next:Item', 'plain:Plain'],
      versions: [until('v1', { field: 'owners', as: 'people' })],
    },
    Plain: { fields: ['id', 'own:Plain'] },
  };
  const form = new VersionForms('v1').ofMessage(typesOf(types)('Item'))!;
  const near: JsonObject = {
    owner: { id: '1', name: 'Ada' },
    owners: [{ name: 'Bob' }, {}],
    byName: { 'a/b~c': { name: 'Cyd' } },
    next: { owners: [{ name: 'Dan' }] },
    plain: { id: 'p' },
  };
  const far: JsonObject = {
    owner: { id: '1', label: 'Ada' },
    people: [{ label: 'Bob' }, {}],
    byName: { 'a/b~c': { label: 'Cyd' } },
    next: { people: [{ label: 'Dan' }] },
    plain: { id: 'p' },
  };

  test('change wherever they stand', () => {
    expect(written(form, near)).toEqual(far);
    expect(read(form, far)).toEqual({ json: near, unknown: [] });
  });

  test('are told with pointers into what the client sent', () => {
    expect(read(form, { people: [{}, { name: 'x' }], byName: { 'a/b~c': { name: 'x' } } }).unknown).toEqual([
      '/people/1/name',
      '/byName/a~1b~0c/name',
    ]);
    expect(form.locate('/next/owners/3/name')).toBe('/next/people/3/label');
    expect([form.locate('/owners/3'), form.locate('/plain/id')]).toEqual(['/people/3', '/plain/id']);
  });

  test('can be looked into', () => {
    expect(form.within('plain')).toBeNull();
    const people = form.within('owners')!;
    expect([people.within('*')!.locate('/name'), people.opens('*')]).toEqual(['/label', false]);
    const changes = [
      { field: 'owner.id', as: 'x' },
      { field: 'id', as: 'far.y' },
      { field: 'title', as: 'z' },
    ];
    const moving = formOf('v1', item(until('v1', ...changes)))!;
    expect(['owner', 'far', 'id', 'title'].map((name) => moving.opens(name))).toEqual([true, true, false, false]);
  });

  test('that are no messages are left to whoever reads them', () => {
    const odd = { owner: 'x', people: 'y', byName: null, next: [1], plain: {} };
    expect(read(form, odd).json).toEqual({ owner: 'x', owners: 'y', byName: null, next: [1], plain: {} });
    expect(form.read([])).toEqual([]);
    expect(() => form.write('text')).not.toThrow();
  });

  test('that never change have no form', () => {
    const forms = new VersionForms('v1');
    expect(forms.ofMessage(typesOf(types)('Plain'))).toBeNull();
    const { owners, plain } = typesOf(types)('Item').field;
    expect(forms.ofField(plain!)).toBeNull();
    const list = [{ name: 'x' }];
    forms.ofField(owners!)!.write(list);
    expect(list).toEqual([{ label: 'x' }]);
  });
});

describe('changes that cannot be made', () => {
  test.each<[string, Boundary[], string]>([
    ['nothing to be in', [until('v1', { field: 'nope.x', as: 'x' })], 'there is no field "nope.x"'],
    ['no such field', [until('v1', { field: 'nope', as: 'x' })], 'there is no field "nope"'],
    ['no field at all', [until('v1', { value: '1' })], 'a change names no field'],
    ['a name that is none', [until('v1', { field: 'a b' })], '"a b" is not a field\'s name'],
    ['another name that is none', [until('v1', { field: 'id', as: '1' })], '"1" is not a field\'s name'],
    ['removed and renamed', [until('v1', { field: 'id', as: 'x', removed: true })], '"id" is removed'],
    ['a name that is taken', [until('v1', { field: 'id', as: 'title' })], '"title" is there already'],
    ['one name for two', [until('v1', { field: 'id', as: 'x' }, { field: 'title', as: 'x' })], '"x" is there already'],
    ['two names for one', [until('v1', { field: 'id', as: 'x' }, { field: 'id', as: 'y' })], '"/id" is changed twice'],
    ['a place in what is no message', [until('v1', { field: 'id', as: 'title.x' })], '"title.x" lies in what'],
    ['a place that is not there', [until('v1', { field: 'id', as: 'owner.sub.x' })], '"owner.sub.x" lies in what'],
    ['a value that is not JSON', [until('v1', { field: 'id', value: 'x' })], 'is not JSON'],
    ['a value of another type', [until('v1', { field: 'title', value: '7' })], '7 is not a value of "title"'],
    ['a list of what is one', [until('v1', { field: 'title', value: '["a"]' })], 'is not a value of "title"'],
    ['one of what is a list', [until('v1', { field: 'tags', value: '"a"' })], 'is not a value of "tags"'],
    ['a value that is a message', [until('v1', { field: 'id', value: '{}' })], 'is neither a scalar'],
    [
      'what an earlier boundary took away',
      [until('v2', { field: 'owner', removed: true }), until('v1', { field: 'owner.id', as: 'x' })],
      'there is no field "owner.id"',
    ],
    ['no version', [{ changes: [] }], 'neither until nor since'],
    ['a version that is none', [until('one')], 'neither until nor since'],
    ['both sides at once', [until('v2'), since('v1')], 'until and since overlap in v1'],
  ])('%s', (_name, versions, detail) => {
    const run = (): unknown => formOf('v1', item(...versions));
    expect(run).toThrow(FormError);
    expect(run).toThrow(detail);
  });

  test('inside of a message that changes itself', () => {
    const owner = { fields: ['id'], versions: [until('v1', { field: 'id', as: 'key' })] };
    const run = () => formOf('v1', item(until('v1', { field: 'owner.id', as: 'x' })), { Owner: owner });
    expect(run).toThrow('"owner.id" lies in shop.v1.Owner, which changes itself');
  });

  test('an option that is no option', () => {
    const message = typesOf({ Item: { fields: ['id'] } })('Item');
    const options = message.proto.options!;
    setExtension(options, message_versions, []);
    options.$unknown = [{ no: 50_117, wireType: 2, data: Buffer.from([2, 0xff, 0xff]) }];
    expect(() => new VersionForms('v1').ofMessage(message)).toThrow(
      "message_versions of shop.v1.Item: the option can't be read",
    );
  });
});

describe('whatever the JSON', () => {
  const forms = new VersionForms('v1');
  const types = typesOf({
    Owner: { fields: ['id', 'full_name'], versions: [until('v1', { field: 'full_name', as: 'label' })] },
    Item: {
      fields: ['id', 'title', 'note', 'owner:Owner', 'owners[]:Owner', 'by{}:Owner', 'next:Item'],
      versions: [
        until('v1', { field: 'head', as: 'meta.head' }, { field: 'id', as: 'note' }, { field: 'note', as: 'id' }),
        until('v2', { field: 'title', as: 'head' }, { field: 'owners', as: 'people' }),
      ],
    },
  });
  const form = forms.ofMessage(types('Item'))!;
  const text = fc.string({ maxLength: 4 });
  const owner = fc.record({ id: text, fullName: text }, { requiredKeys: [] });
  const { item: message } = fc.letrec<{ item: JsonObject }>((tie) => ({
    item: fc.record(
      {
        id: text,
        title: text,
        note: text,
        owner,
        owners: fc.array(owner, { maxLength: 3 }),
        by: fc.dictionary(text, owner, { maxKeys: 3 }),
        next: tie('item'),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>,
  }));

  test('what is written is read back as it was', () => {
    fc.assert(
      fc.property(message, (json) => {
        const before = structuredClone(json);
        form.write(json);
        expect(form.read(json)).toEqual([]);
        expect(json).toEqual(before);
      }),
    );
  });

  test('nothing that a client sends breaks it', () => {
    const name = fc.constantFrom(
      'id',
      'head',
      'meta',
      'note',
      'people',
      'owners',
      'next',
      'owner',
      'label',
      '__proto__',
    );
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<JsonValue>(null, true, 1, 'x'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ) as fc.Arbitrary<JsonValue>,
    }));
    fc.assert(
      fc.property(value, (json) => {
        const copy = JSON.parse(JSON.stringify(json)) as JsonValue;
        for (const pointer of form.read(copy)) expect(pointer).toMatch(/^\//);
        form.write(copy);
        expect(({} as Record<string, unknown>)['head']).toBeUndefined();
      }),
    );
  });
});
