import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { isObject, isSensitive } from './echo';

/**
 * A message in proto JSON with its sensitive fields (`debug_redact`) masked, those of messages inside too.
 * @param maskOf what stands in the place of a field's value
 */
export function maskMessage(desc: DescMessage, json: JsonObject, maskOf: (field: DescField) => JsonValue): JsonObject {
  const masked = { ...json };
  for (const field of desc.fields) {
    for (const name of [field.jsonName, field.name]) {
      const value = masked[name];
      if (value === undefined) continue;
      masked[name] = isSensitive(field) ? maskOf(field) : inside(field, value, maskOf);
    }
  }
  return masked;
}

function inside(field: DescField, value: JsonValue, maskOf: (field: DescField) => JsonValue): JsonValue {
  const { message } = field;
  if (message === undefined) return value;
  const mask = (each: JsonValue): JsonValue => (isObject(each) ? maskMessage(message, each, maskOf) : each);
  if (Array.isArray(value)) return value.map(mask);
  if (field.fieldKind !== 'map' || !isObject(value)) return mask(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mask(each)]));
}
