// What a method looks like, from its name (AIP-131 to AIP-136): HTTP rule, messages, handler, test.
import { camel, checkMethod, kebab, plural } from './names.mjs';

const ID = 'string id = 1 [(buf.validate.field).string = {min_len: 1 max_len: 64}];';
const name = (number) => `string name = ${number} [(buf.validate.field).string = {min_len: 1 max_len: 100}];`;
const RECORD = ['string id = 1;', 'string name = 2;'];
const NOT_FOUND = `await expect(CALL({ id: 'none' })).rejects.toMatchObject({ status: GrpcStatus.NOT_FOUND });`;

/** By the first word of a method: what it does to records of a kind. `{}` in a rule is the path of the collection. */
const KINDS = {
  Get: {
    does: 'One NOUN.',
    rule: 'get: "{}/{id}"',
    request: [ID],
    response: RECORD,
    takes: '{ id }',
    handler: `return this.records.get('NOUN', id);`,
    test: [NOT_FOUND],
  },
  List: {
    does: 'The ids of the PLURAL, oldest first.',
    rule: 'get: "{}"',
    request: ['int32 page_size = 1 [(buf.validate.field).int32 = {gte: 0 lte: 100}];'],
    response: ['repeated string ids = 1;'],
    takes: '{ pageSize }',
    handler: `return { ids: this.records.ids('NOUN', pageSize) };`,
    test: ['expect((await CALL({ pageSize: 1 })).ids.length).toBeLessThanOrEqual(1);'],
  },
  Create: {
    does: 'Makes ARTICLE NOUN of a name.',
    rule: 'post: "{}" body: "*"',
    request: [name(1)],
    response: RECORD,
    takes: '{ name }',
    handler: `return this.records.create('NOUN', name);`,
    test: [
      `const [first, second] = [await CALL({ name: 'a' }), await CALL({ name: 'a' })];`,
      `expect(first).toMatchObject({ id: expect.stringMatching(/./), name: 'a' });`,
      'expect(second.id).not.toBe(first.id);',
    ],
  },
  Update: {
    does: 'Gives ARTICLE NOUN another name.',
    rule: 'patch: "{}/{id}" body: "*"',
    request: [ID, name(2)],
    response: RECORD,
    takes: '{ id, name }',
    handler: `return this.records.rename('NOUN', id, name);`,
    test: [NOT_FOUND],
  },
  Delete: {
    does: 'Takes ARTICLE NOUN away.',
    rule: 'delete: "{}/{id}"',
    request: [ID],
    response: ['string id = 1;'],
    takes: '{ id }',
    handler: `return this.records.delete('NOUN', id);`,
    test: [NOT_FOUND],
  },
};

/** Any other method: something done with a name. */
const OTHER = {
  does: 'What METHOD does with a name.',
  request: [name(1)],
  response: ['string name = 1;'],
  takes: '{ name }',
  handler: 'return { name };',
  test: [`expect(await CALL({ name: 'a' })).toMatchObject({ name: 'a' });`],
};

/**
 * The shape of a method of a service.
 * @param {string} path where the service's routes are
 * @param {string} method in PascalCase
 * @throws {Error} when it is no name
 */
export function methodShape(path, method) {
  checkMethod(method);
  const [, verb, rest] = /^(Get|List|Create|Update|Delete)([A-Z].*)$/.exec(method) ?? [];
  if (verb === undefined) return fill(OTHER, { method, rule: `post: "${path}/${kebab(method)}" body: "*"` });
  const noun = verb === 'List' ? singular(kebab(rest)) : kebab(rest);
  const rule = KINDS[verb].rule.replace('{}', `${path}/${plural(noun)}`);
  return fill(KINDS[verb], { method, rule, noun, nouns: plural(noun) });
}

/** `books` is `book`: a list is of what the other methods name. */
const singular = (nouns) =>
  nouns
    .replace(/ies$/, 'y')
    .replace(/(s|x|z|ch|sh)es$/, '$1')
    .replace(/([^s])s$/, '$1');

function fill(kind, { method, rule, noun = '', nouns = '' }) {
  const write = (text) =>
    text
      .replaceAll('ARTICLE', /^[aeiou]/.test(noun) ? 'an' : 'a')
      .replaceAll('PLURAL', nouns)
      .replaceAll('NOUN', noun)
      .replaceAll('METHOD', method)
      .replaceAll('CALL(', `call(method.${camel(method)}, `);
  return {
    ...kind,
    method,
    property: camel(method),
    limit: kebab(method),
    rule,
    does: write(kind.does),
    handler: write(kind.handler),
    test: kind.test.map(write),
  };
}
