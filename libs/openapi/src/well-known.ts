import type { JsonObject } from '@bufbuild/protobuf';

/** A 64-bit integer is a string in proto JSON: JavaScript's numbers end at 2^53. */
export const INT64: JsonObject = { type: 'string', format: 'int64', pattern: '^-?[0-9]{1,20}$' };
/** As {@link INT64}, without a sign. */
export const UINT64: JsonObject = { type: 'string', format: 'uint64', pattern: '^[0-9]{1,20}$' };
/** Bytes. */
export const BYTES: JsonObject = { type: 'string', format: 'byte', contentEncoding: 'base64' };

/** Messages that have a JSON of their own (https://protobuf.dev/programming-guides/json). */
const WELL_KNOWN: Readonly<Record<string, JsonObject>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': {
    type: 'string',
    pattern: '^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$',
    description: 'Seconds, such as `1.5s`.',
  },
  'google.protobuf.FieldMask': { type: 'string', description: 'Paths of fields, separated by commas.' },
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Value': { description: 'Any JSON.' },
  'google.protobuf.ListValue': { type: 'array', items: {} },
  'google.protobuf.Empty': { type: 'object', maxProperties: 0 },
  'google.protobuf.Any': {
    type: 'object',
    properties: { '@type': { type: 'string', description: 'The type URL of the message.' } },
    required: ['@type'],
    additionalProperties: true,
  },
  'google.protobuf.BoolValue': { type: ['boolean', 'null'] },
  'google.protobuf.StringValue': { type: ['string', 'null'] },
  'google.protobuf.BytesValue': { ...BYTES, type: ['string', 'null'] },
  'google.protobuf.DoubleValue': { type: ['number', 'null'], format: 'double' },
  'google.protobuf.FloatValue': { type: ['number', 'null'], format: 'float' },
  'google.protobuf.Int32Value': { type: ['integer', 'null'], format: 'int32' },
  'google.protobuf.UInt32Value': { type: ['integer', 'null'], format: 'uint32', minimum: 0 },
  'google.protobuf.Int64Value': { ...INT64, type: ['string', 'null'] },
  'google.protobuf.UInt64Value': { ...UINT64, type: ['string', 'null'] },
};

/** The schema of a message with a JSON of its own; undefined: it is an object of its fields. */
export const wellKnownSchema = (typeName: string): JsonObject | undefined => WELL_KNOWN[typeName];
