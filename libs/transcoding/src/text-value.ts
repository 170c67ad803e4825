import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';

/** Messages whose proto JSON is a string or a primitive, so that they fit a path or a query. */
const TEXT_MESSAGES = new Set([
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
  'google.protobuf.FieldMask',
  'google.protobuf.BoolValue',
  'google.protobuf.BytesValue',
  'google.protobuf.DoubleValue',
  'google.protobuf.FloatValue',
  'google.protobuf.Int32Value',
  'google.protobuf.Int64Value',
  'google.protobuf.StringValue',
  'google.protobuf.UInt32Value',
  'google.protobuf.UInt64Value',
]);

/** Whether a value of the type can be written as one piece of text. */
export const isTextMessage = (message: DescMessage): boolean => TEXT_MESSAGES.has(message.typeName);

/** Whether a singular field can be written as one piece of text. */
export function isTextField(field: DescField): boolean {
  if (field.fieldKind === 'message') return isTextMessage(field.message);
  return field.fieldKind === 'scalar' || field.fieldKind === 'enum';
}

/** Whether a repeated field's items can each be written as one piece of text. */
export function isTextList(field: DescField): boolean {
  if (field.fieldKind !== 'list') return false;
  return field.listKind !== 'message' || isTextMessage(field.message);
}

/**
 * What proto JSON has for a text from a path or a query. A text that doesn't fit the field's type stays a string, so that
 * decoding the JSON refuses it.
 */
export function jsonOfText(field: DescField, text: string): JsonValue {
  if (isBoolean(field)) return BOOLEANS.get(text) ?? text;
  if (field.message?.typeName === 'google.protobuf.FieldMask') return text.replace(/_([a-z0-9])/g, camelCase);
  if (field.enum !== undefined) return /^-?\d{1,10}$/.test(text) ? Number(text) : text;
  return text;
}

/** What callers write for true and false in URLs: proto JSON's words, and those that grpc-gateway's clients are used to. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE', 't', 'T', '1'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE', 'f', 'F', '0'].map((text) => [text, false] as const),
]);

/** Proto JSON has a mask's names in lowerCamelCase only; fields have both names everywhere else. */
const camelCase = (_match: string, letter: string): string => letter.toUpperCase();

const isBoolean = (field: DescField): boolean =>
  field.scalar === ScalarType.BOOL || field.message?.typeName === 'google.protobuf.BoolValue';
