import { create, createFileRegistry, type DescMessage, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { message_versions, MessageVersionSchema } from '@gateway/contracts';

/** One boundary. */
export type Boundary = MessageInitShape<typeof MessageVersionSchema>;

/** One message type: fields as `name` (a string), `name:Type`, `name[]:Type` or `name{}:Type` (a map by strings). */
export interface TypeFixture {
  readonly fields: readonly string[];
  readonly versions?: readonly Boundary[];
}

/** `until: v1`, with changes. */
export const until = (version: string, ...changes: NonNullable<Boundary['changes']>): Boundary => ({
  range: { case: 'until', value: version },
  changes,
});

/** `since: v2`, with changes. */
export const since = (version: string, ...changes: NonNullable<Boundary['changes']>): Boundary => ({
  range: { case: 'since', value: version },
  changes,
});

/** The message types of a file `shop.v1`. */
export function typesOf(types: Readonly<Record<string, TypeFixture>>): (name: string) => DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: 'shop.proto',
    package: 'shop.v1',
    syntax: 'proto3',
    messageType: Object.entries(types).map(([name, type]) => messageOf(name, type)),
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return (name) => registry.getMessage(`shop.v1.${name}`)!;
}

function messageOf(name: string, { fields, versions = [] }: TypeFixture): DescriptorProto {
  const options = create(MessageOptionsSchema);
  setExtension(
    options,
    message_versions,
    versions.map((each) => create(MessageVersionSchema, each)),
  );
  const message = create(DescriptorProtoSchema, { name, options });
  fields.forEach((text, index) => addField(message, name, text, index + 1));
  return message;
}

function addField(message: DescriptorProto, parent: string, text: string, number: number): void {
  const [, name = '', kind, type] = /^(\w+)(\[\]|\{\})?(?::(\w+))?$/.exec(text) ?? [];
  const value = { type: type === undefined ? Type.STRING : Type.MESSAGE, typeName: type ? `.shop.v1.${type}` : '' };
  const jsonName = name.replace(/_(\w)/g, (_whole, letter: string) => letter.toUpperCase());
  const field = { name, jsonName, number, label: kind === undefined ? Label.OPTIONAL : Label.REPEATED };
  if (kind !== '{}') {
    message.field.push(create(DescriptorProtoSchema, { field: [{ ...field, ...value }] }).field[0]!);
    return;
  }
  const entry = `${name.replace(/^\w/, (letter) => letter.toUpperCase())}Entry`;
  const key = { name: 'key', number: 1, label: Label.OPTIONAL, type: Type.STRING };
  message.nestedType.push(
    create(DescriptorProtoSchema, {
      name: entry,
      field: [key, { name: 'value', number: 2, label: Label.OPTIONAL, ...value }],
      options: { mapEntry: true },
    }),
  );
  const map = { ...field, type: Type.MESSAGE, typeName: `.shop.v1.${parent}.${entry}` };
  message.field.push(create(DescriptorProtoSchema, { field: [map] }).field[0]!);
}
