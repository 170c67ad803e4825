import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { create, type DescMethod, type JsonObject } from '@bufbuild/protobuf';
import { EmitPolicySchema } from '@gateway/contracts';
import { Ajv, type ErrorObject } from 'ajv';
import { buildAsyncApi, type EmittingRoute } from './build-asyncapi';
import { eventField } from './event-fields';
import { compileLibrary } from './testdata/library';

const require = createRequire(import.meta.url);
/** It brings the schema of schemas along. */
const isAsyncApi = new Ajv({ strict: false, validateFormats: false, validateSchema: false, meta: false }).compile(
  require('@asyncapi/specs/schemas/3.0.0.json') as object,
);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the assertion is the type
const build = (routes: readonly EmittingRoute[], sockets = true): any =>
  buildAsyncApi({ title: 'Events', version: 'v1', sockets, routes });

const emit = (event: string, fields: string[], room: string) => create(EmitPolicySchema, { event, fields, room });

/** What the specification's own schema says against a document. */
function faults(document: object): Partial<ErrorObject>[] {
  return isAsyncApi(document) ? [] : isAsyncApi.errors!;
}

let methods: Map<string, DescMethod>;
let routes: EmittingRoute[];

beforeAll(() => {
  methods = new Map(compileLibrary().methods.map(({ method, desc }) => [method, desc]));
  routes = [
    { id: 'a', method: methods.get('GetBook')!, emits: [emit('book_seen', ['name', 'user_id'], 'book:{name}')] },
    { id: 'b', method: null, emits: [emit('book_seen', ['name', 'place'], 'shelf:{name}:{place}'), emit('x', [], '')] },
    { id: 'c', method: null, emits: [emit('report:made', [], 'reports:all')] },
  ];
}, 60_000);

test('the document is one by the specification’s own schema, and that schema refuses what isn’t', () => {
  const document = build(routes) as JsonObject;
  expect(faults(document)).toEqual([]);
  expect(faults(build([], false))).toEqual([]);
  expect(faults({ ...document, operations: { join: { action: 'ask' } } })).not.toEqual([]);
});

test('references lead somewhere', () => {
  const document = build(routes);
  const references = JSON.stringify(document).match(/#\/(?:channels|components)\/[^"]+/g)!;
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce((value, key) => value?.[key], document);
    expect([reference, typeof target]).toEqual([reference, 'object']);
  }
});

describe('operations', () => {
  test('are the questions with their acknowledgements', () => {
    const { operations, channels } = build(routes);
    for (const name of ['join', 'leave', 'publish', 'auth']) {
      expect(operations[name]).toMatchObject({ action: 'receive', reply: { channel: { $ref: '#/channels/socket' } } });
      const [answer] = operations[name].reply.messages;
      expect(channels.socket.messages[answer.$ref.split('/').at(-1)].payload.oneOf).toHaveLength(2);
    }
    expect(channels.socket.messages.publish.payload.required).toEqual(['room', 'event', 'data']);
  });

  test('are the events that routes emit, with all of their rooms and fields', () => {
    const { operations, channels } = build(routes);
    expect(operations.tell_event_book_seen).toMatchObject({
      action: 'send',
      'x-gateway-rooms': ['book:{name}', 'shelf:{name}:{place}'],
      'x-gateway-routes': ['a', 'b'],
    });
    const { payload, name } = channels.socket.messages.event_book_seen;
    expect(name).toBe('book_seen');
    expect(payload.required).toEqual(['id', 'room', 'offset', 'time', 'data']);
    expect(payload.properties.data).toMatchObject({
      properties: { name: { type: 'string' }, place: { type: 'string' }, user_id: { description: 'Who caused it.' } },
      required: ['name'],
    });
    expect(channels.socket.messages['event_report_made']).toMatchObject({ name: 'report:made' });
    expect(operations.tell_event_x).toBeUndefined();
  });
});

test('the order of routes changes no byte', () => {
  expect(JSON.stringify(build([...routes].reverse()))).toBe(JSON.stringify(build(routes)));
});

test('a field of an event is a text, of the type that the contract says', () => {
  const field = (name: string) => eventField(methods.get('GetBook')!, name);
  expect(field('copies')).toMatchObject({ type: 'string', pattern: '^-?[0-9]+$' });
  expect(field('cover')).toMatchObject({ type: 'string', contentEncoding: 'base64' });
  expect(field('printed_at')).toMatchObject({ type: 'string', format: 'date-time' });
  expect(field('binding')['enum']).toContain('BINDING_CLOTH');
  expect(field('nothing')).toEqual({ type: 'string' });
});
