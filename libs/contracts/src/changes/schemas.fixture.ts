import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type DescriptorProtoSchema,
  type EnumDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  type FieldDescriptorProtoSchema,
  type FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorSet,
  file_google_protobuf_descriptor,
  type MethodDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';

type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;
type EnumInit = MessageInitShape<typeof EnumDescriptorProtoSchema>;
type MethodInit = MessageInitShape<typeof MethodDescriptorProtoSchema>;
type FileInit = MessageInitShape<typeof FileDescriptorProtoSchema>;

/** Two versions of a schema. Everything has the number of its message, enum or service in its name. */
export interface SchemaPair {
  readonly before: FileDescriptorSet;
  readonly after: FileDescriptorSet;
}

type Syntax = 'proto2' | 'proto3';

const SCALARS = [
  ...[Type.DOUBLE, Type.FLOAT, Type.INT64, Type.UINT64, Type.INT32, Type.FIXED64, Type.FIXED32, Type.BOOL],
  ...[Type.STRING, Type.BYTES, Type.UINT32, Type.SFIXED32, Type.SFIXED64, Type.SINT32, Type.SINT64],
];
const MESSAGES = ['One', 'Two'];
/** `Kind` of two places: the second has all values of the first. */
const ENUMS = ['One.Kind', 'Two.Kind', 'One.Sort'];

const typeOf = (syntax: Syntax): fc.Arbitrary<Pick<FieldInit, 'type' | 'typeName'>> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...SCALARS).map((type) => ({ type })) },
    fc.constantFrom(...MESSAGES).map((name) => ({ type: Type.MESSAGE, typeName: `.${syntax}.v1.${name}` })),
    fc.constantFrom(...ENUMS).map((name) => ({ type: Type.ENUM, typeName: `.${syntax}.v1.${name}` })),
  );

const enumNamed = (name: string, prefix: string, count: number): EnumInit => ({
  name,
  value: Array.from({ length: count }, (_each, number) => ({ name: `${prefix}_${number}`, number })),
});

/** What the others refer to. */
const shared = (syntax: Syntax): FileInit => ({
  name: `${syntax}/v1/shared.proto`,
  package: `${syntax}.v1`,
  syntax,
  messageType: [
    { name: 'One', enumType: [enumNamed('Kind', 'KIND', 2), enumNamed('Sort', 'SORT', 2)] },
    { name: 'Two', enumType: [enumNamed('Kind', 'KIND', 3)] },
  ],
});

const DEFAULTS: Partial<Record<Type, readonly string[]>> = {
  [Type.INT32]: ['0', '5', '7'],
  [Type.UINT32]: ['0', '5'],
  [Type.STRING]: ['', '0', 'x'],
  [Type.BOOL]: ['false', 'true'],
  [Type.BYTES]: ['', '\\001', '\\002'],
};

interface FieldModel {
  readonly field: FieldInit;
  readonly entry?: MessageInit;
  readonly oneof?: string;
}

const fieldOf = (message: number, number: number, syntax: Syntax): fc.Arbitrary<FieldModel> =>
  fc
    .record({
      held: typeOf(syntax),
      form: fc.constantFrom('plain', 'plain', 'optional', 'repeated', 'map', 'required', 'oneof k', 'oneof l'),
      name: fc.constantFrom('x', 'x', 'x', 'y'),
      json: fc.constantFrom(undefined, undefined, undefined, 'own'),
      key: fc.constantFrom(Type.STRING, Type.INT32, Type.UINT32, Type.BOOL),
      given: fc.nat({ max: 3 }),
    })
    .map(({ held, form, name: variant, json, key, given }) => {
      // A map's entries are named after it: buf would tell of a renamed one twice.
      const name = `m${message}f${number}${form === 'map' ? 'x' : variant}`;
      const base = { name, number, label: Label.OPTIONAL, jsonName: json === undefined ? name : `${json}${number}` };
      if (form === 'map') {
        const entry = `M${name.slice(1)}Entry`;
        const typeName = `.${syntax}.v1.M${message}.${entry}`;
        return {
          field: { ...base, label: Label.REPEATED, type: Type.MESSAGE, typeName },
          entry: {
            name: entry,
            options: { mapEntry: true },
            field: [
              { name: 'key', number: 1, label: Label.OPTIONAL, type: key, jsonName: 'key' },
              { name: 'value', number: 2, label: Label.OPTIONAL, ...held, jsonName: 'value' },
            ],
          },
        };
      }
      if (form === 'repeated') return { field: { ...base, ...held, label: Label.REPEATED } };
      if (form.startsWith('oneof')) return { field: { ...base, ...held }, oneof: `${form.at(-1)}${message}` };
      if (syntax === 'proto3' && form === 'optional')
        return { field: { ...base, ...held, proto3Optional: true }, oneof: `_${name}` };
      const own = syntax === 'proto2' && held.type !== undefined ? DEFAULTS[held.type]?.[given] : undefined;
      const defaultValue = own === undefined ? {} : { defaultValue: own };
      const label = syntax === 'proto2' && form === 'required' ? Label.REQUIRED : Label.OPTIONAL;
      return { field: { ...base, ...held, ...defaultValue, label } };
    });

/** Of a message where the syntax has that; proto3 only has custom options. */
const extensionOf = (index: number, syntax: Syntax): fc.Arbitrary<FieldInit | null> =>
  fc.option(
    fc
      .record({
        held: typeOf(syntax),
        label: fc.constantFrom(Label.OPTIONAL, Label.OPTIONAL, Label.REPEATED),
        variant: fc.constantFrom('x', 'x', 'x', 'y'),
        given: fc.nat({ max: 3 }),
      })
      .map(({ held, label, variant, given }): FieldInit => {
        const name = `m${index}e${variant}`;
        const base = { name, jsonName: name, label, ...held };
        if (syntax === 'proto3')
          return { ...base, number: 50_000 + index, extendee: '.google.protobuf.MessageOptions' };
        const own = label === Label.OPTIONAL && held.type !== undefined ? DEFAULTS[held.type]?.[given] : undefined;
        const defaultValue = own === undefined ? {} : { defaultValue: own };
        return { ...base, ...defaultValue, number: EXTENDED[0], extendee: `.${syntax}.v1.M${index}` };
      }),
    { freq: 8 },
  );

/** Reserved ranges, the end included. */
const RANGES = fc.subarray([
  [10, 14],
  [15, 20],
  [30, 30],
] as const);

/** The range in which extensions are, the end included, and others that may be cut and go. */
const EXTENDED = [50, 54] as const;
const MORE_EXTENDED = fc.subarray([
  [55, 59],
  [60, 64],
  [70, 70],
] as const);

const messageOf = (index: number, syntax: Syntax): fc.Arbitrary<MessageInit> =>
  fc
    .record({
      fields: fc
        .subarray([1, 2, 3])
        .chain((numbers) => fc.tuple(...numbers.map((number) => fieldOf(index, number, syntax)))),
      ranges: RANGES,
      extended: MORE_EXTENDED,
      numbers: fc.boolean(),
      names: fc.boolean(),
    })
    .map(({ fields: unsorted, ranges, extended, numbers, names }) => {
      // Those of one oneof stand together.
      const fields = unsorted.toSorted((one, other) => (one.oneof ?? '').localeCompare(other.oneof ?? ''));
      const used = new Set(fields.map(({ field }) => field.number));
      const free = [1, 2, 3].filter((number) => !used.has(number));
      // Synthetic ones come last.
      const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))].sort(
        (one, other) => Number(one.startsWith('_')) - Number(other.startsWith('_')),
      );
      return {
        name: `M${index}`,
        field: fields.map(({ field, oneof }) =>
          oneof === undefined ? field : { ...field, oneofIndex: oneofs.indexOf(oneof) },
        ),
        nestedType: fields.flatMap(({ entry }) => entry ?? []),
        oneofDecl: oneofs.map((name) => ({ name })),
        reservedRange: [
          ...ranges.map(([start, last]) => ({ start, end: last + 1 })),
          ...(numbers ? free.map((number) => ({ start: number, end: number + 1 })) : []),
        ],
        extensionRange: (syntax === 'proto2' ? [EXTENDED, ...extended] : []).map(([start, last]) => ({
          start,
          end: last + 1,
        })),
        reservedName: names ? free.flatMap((number) => [`m${index}f${number}x`, `m${index}f${number}y`]) : [],
      } as MessageInit;
    });

const enumOf = (index: number): fc.Arbitrary<EnumInit> =>
  fc
    .record({
      // Names by number; zero is always there.
      names: fc.tuple(...[0, 1, 2].map((number) => fc.subarray(['A', 'B'], { minLength: number === 0 ? 1 : 0 }))),
      ranges: RANGES,
      numbers: fc.boolean(),
      reserved: fc.boolean(),
    })
    .map(({ names, ranges, numbers, reserved }) => {
      const value = names.flatMap((each, number) =>
        each.map((name) => ({ name: `N${index}_${name}${number}`, number })),
      );
      const free = [1, 2].filter((number) => names[number]!.length === 0);
      return {
        name: `N${index}`,
        value,
        ...(names.some(({ length }) => length > 1) ? { options: { allowAlias: true } } : {}),
        reservedRange: [
          ...ranges.map(([start, end]) => ({ start, end })),
          ...(numbers ? free.map((number) => ({ start: number, end: number })) : []),
        ],
        reservedName: reserved ? free.map((number) => `N${index}_A${number}`) : [],
      };
    });

const methodOf = (syntax: Syntax): fc.Arbitrary<MethodInit> =>
  fc.record({
    name: fc.constant('Call'),
    inputType: fc.constantFrom(...MESSAGES).map((name) => `.${syntax}.v1.${name}`),
    outputType: fc.constantFrom(...MESSAGES).map((name) => `.${syntax}.v1.${name}`),
    clientStreaming: fc.boolean(),
    serverStreaming: fc.boolean(),
    options: fc.record({ idempotencyLevel: fc.constantFrom(0, 1, 2) }),
  });

/** Half of all pairs are equal: what doesn't change must not be told. */
const pairOf = <T>(each: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> =>
  fc.tuple(each, fc.option(each)).map(([before, after]) => [before, after ?? before]);

/** Many messages, enums and services, each in two versions, and files that move between syntaxes. */
export function schemaPairs(count: number): fc.Arbitrary<SchemaPair> {
  const ofSyntax = (syntax: Syntax): fc.Arbitrary<[FileInit, FileInit]> => {
    const each = <T>(make: (index: number) => fc.Arbitrary<T>): fc.Arbitrary<[T, T][]> =>
      fc.tuple(...Array.from({ length: count }, (_each, index) => pairOf(make(index))));
    return fc
      .record({
        messages: each((index) => messageOf(index, syntax)),
        enums: each(enumOf),
        extensions: each((index) => extensionOf(index, syntax)),
        services: each((index) => methodOf(syntax).map((method) => ({ name: `S${index}`, method: [method] }))),
      })
      .map(({ messages, enums, extensions, services }) => {
        const file = (side: 0 | 1): FileInit => ({
          name: `${syntax}/v1/all.proto`,
          package: `${syntax}.v1`,
          syntax,
          dependency: [`${syntax}/v1/shared.proto`, 'google/protobuf/descriptor.proto'],
          messageType: messages.map((pair) => pair[side]),
          enumType: enums.map((pair) => pair[side]),
          extension: extensions.flatMap((pair) => pair[side] ?? []),
          service: services.map((pair) => pair[side]),
        });
        return [file(0), file(1)];
      });
  };
  return fc.tuple(ofSyntax('proto3'), ofSyntax('proto2')).map(([three, two]) => {
    const set = (side: 0 | 1): FileDescriptorSet =>
      create(FileDescriptorSetSchema, {
        file: [
          file_google_protobuf_descriptor.proto,
          shared('proto3'),
          shared('proto2'),
          three[side],
          two[side],
          ...MOVING.map((pair) => pair[side]),
        ],
      });
    // Thousands of lines otherwise, when a test fails: its seed is enough.
    return { before: set(0), after: set(1), [fc.toStringMethod]: () => 'two versions of a schema' };
  });
}

/** One file each way between the syntaxes, and one whose package changes. */
const MOVING: readonly (readonly [FileInit, FileInit])[] = [
  [moved('down', 'proto3'), moved('down', 'proto2')],
  [moved('up', 'proto2'), moved('up', 'proto3')],
  [moved('away', 'proto3'), moved('away', 'proto3', 'moved.away.v1')],
];

function moved(name: string, syntax: Syntax, inPackage = `${name}.v1`): FileInit {
  const index = { down: 900, up: 901, away: 902 }[name]!;
  return {
    name: `${name}.proto`,
    package: inPackage,
    syntax,
    messageType: [{ name: `M${index}` }],
    enumType: [enumNamed(`N${index}`, `N${index}`, 2)],
    service: [
      {
        name: `S${index}`,
        method: [{ name: 'Call', inputType: `.${inPackage}.M${index}`, outputType: `.${inPackage}.M${index}` }],
      },
    ],
  };
}
