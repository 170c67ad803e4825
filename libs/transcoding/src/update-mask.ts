import {
  create,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import type { BodyBinding } from './binding';
import { fieldOf } from './field-path';

type MessageField = DescField & { fieldKind: 'message' };

/** The field that says what an update changes (AIP-134). */
const UPDATE_MASK = 'update_mask';

/** Fills in what an update changes when its caller doesn't say. */
export type FillMask = (message: Message, body: JsonValue) => void;

/**
 * What fills the `update_mask` of a PATCH whose body is a field: with the paths that the body has, unless the caller gave
 * a mask. Null: the binding isn't of that kind.
 * @param httpMethod upper case
 */
export function maskFiller(input: DescMessage, body: BodyBinding, httpMethod: string): FillMask | null {
  const mask = input.fields.find(isUpdateMask);
  if (httpMethod !== 'PATCH' || mask === undefined || body.kind !== 'field') return null;
  const { field } = body;
  if (field.fieldKind !== 'message' || hasCustomJsonRepresentation(field.message)) return null;
  return (message, json) => {
    const values = reflect(input, message);
    if (values.isSet(mask) && pathsOf(values.get(mask).message).length > 0) return;
    const paths = presentPaths(field.message, json, '');
    if (paths.length > 0) values.set(mask, reflect(mask.message, create(mask.message, { paths })));
  };
}

const isUpdateMask = (field: DescField): field is MessageField =>
  field.name === UPDATE_MASK && field.fieldKind === 'message' && field.message.typeName === 'google.protobuf.FieldMask';

const pathsOf = (mask: Message): string[] => (mask as Message & { paths: string[] }).paths;

/**
 * The proto names of what a JSON object has, down to what has no fields of its own: lists and maps are replaced whole, and
 * null clears. The JSON has been decoded as that message already.
 */
function presentPaths(desc: DescMessage, json: JsonValue, prefix: string): string[] {
  return Object.entries((json ?? {}) as JsonObject).flatMap(([name, value]) => {
    const field = fieldOf(desc, name);
    if (field === undefined) return [];
    const path = `${prefix}${field.name}`;
    if (field.fieldKind !== 'message' || hasCustomJsonRepresentation(field.message) || isEmpty(value)) return [path];
    const inner = presentPaths(field.message, value, `${path}.`);
    return inner.length > 0 ? inner : [path];
  });
}

const isEmpty = (value: JsonValue): boolean => value === null || Object.keys(value).length === 0;
