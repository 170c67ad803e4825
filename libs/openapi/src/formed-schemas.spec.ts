import type { JsonObject } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import type { ApiForm } from './api-route';
import { FormedSchemas } from './formed-schemas';
import { Schemas } from './schemas';

const { InstanceRefSchema, InstanceSchema, SnapshotSchema } = registryV1;

/** A form of what it does to the JSON of a message. */
const formOf = (write: (json: JsonObject) => void, given: Partial<ApiForm> = {}): ApiForm => ({
  write: (json) => write(json as JsonObject),
  within: () => null,
  opens: () => false,
  ...given,
});

function rename(json: JsonObject, from: string, to: string): void {
  json[to] = json[from]!;
  delete json[from];
}

const response = () => new FormedSchemas(new Schemas(), 'response');

describe('the schema of a body in another version', () => {
  test('has the members that it has, each with the schema of its field', () => {
    const form = formOf((json) => {
      rename(json, 'service', 'name');
      json['legacy'] = true;
      json['tags'] = [];
    });
    expect(response().message(InstanceRefSchema, form)).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string' },
        name: { type: 'string' },
        legacy: { type: 'boolean' },
        tags: { type: 'array' },
      },
      required: ['id', 'name', 'legacy', 'tags'],
    });
  });

  test('leaves out what comes from elsewhere, and asks a request for nothing that is not required', () => {
    const formed = new FormedSchemas(new Schemas(), 'request');
    const form = formOf((json) => rename(json, 'id', 'key'));
    expect(formed.message(InstanceRefSchema, form, new Set(['service']))).toEqual({
      type: 'object',
      properties: { key: { type: 'string' } },
    });
  });

  test('opens a message that something goes out of', () => {
    const move = (json: JsonObject): void => {
      const revision = json['generation'] as JsonObject;
      json['epoch'] = revision['epoch']!;
      delete revision['epoch'];
    };
    const { properties } = response().message(
      InstanceSchema,
      formOf(move, { opens: (name) => name === 'generation' }),
    ) as { properties: JsonObject };
    expect(properties['epoch']).toEqual({ type: 'string' });
    expect(properties['generation']).toMatchObject({ properties: { n: { type: 'string' } }, required: ['n'] });
    expect(properties['health']).toEqual({ $ref: '#/components/schemas/gateway.registry.v1.Health' });
  });

  test('goes into lists, as a member and as the whole body', () => {
    const instance = formOf((json) => rename(json, 'zone', 'place'));
    const items = { ...instance, within: (name: string) => (name === '*' ? instance : null) };
    const snapshot = formOf(() => undefined, { within: (name) => (name === 'instances' ? items : null) });
    const whole = response().message(SnapshotSchema, snapshot) as { properties: Record<string, JsonObject> };
    const list = response().field(SnapshotSchema.field.instances, items);
    for (const schema of [whole.properties['instances']!, list])
      expect(schema).toMatchObject({ type: 'array', items: { properties: { place: { type: 'string' } } } });
  });

  test('describes a message that holds itself once', () => {
    const holding: ApiForm = formOf(() => undefined, { within: (name) => (name === 'instances' ? again : null) });
    const again: ApiForm = formOf(() => undefined, { within: () => ({ ...holding, write: () => undefined }) });
    const formed = response();
    // As if the instances of a snapshot were snapshots.
    const field = { ...SnapshotSchema.field.instances, message: SnapshotSchema, fieldKind: 'list' } as never;
    const desc = { ...SnapshotSchema, fields: [field] } as typeof SnapshotSchema;
    Object.assign(field, { message: desc });
    expect(formed.message(desc, holding)).toMatchObject({
      properties: { instances: { items: { description: expect.stringMatching(/^As `.*Snapshot` around it\.$/) } } },
    });
  });
});
