import {
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { isSensitive } from '../echo';
import { maskMessage } from '../mask';
import { maskedValue } from '../message-generator';
import { SeededRandom } from '../random';

/** What of a request a later one can be told by, in proto JSON: without sensitive fields, and without lists that hold any. */
export const recordedRequest = (desc: DescMessage, message: Message, registry: Registry): JsonObject =>
  withoutSensitive(desc, toJson(desc, message, { registry }) as JsonObject);

/** An answer in proto JSON, every field present, sensitive ones masked. */
export function recordedAnswer(desc: DescMessage, message: Message, registry: Registry): JsonObject {
  const json = toJson(desc, message, { registry, alwaysEmitImplicit: true }) as JsonObject;
  const generation = { random: new SeededRandom(desc.typeName), echo: null, now: 0 };
  return maskMessage(desc, json, (field) => maskedValue(field, generation));
}

function withoutSensitive(desc: DescMessage, json: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const field of desc.fields) {
    const value = json[field.jsonName];
    if (value === undefined || isSensitive(field)) continue;
    const inside = field.message === undefined ? value : insideOf(field.message, field.fieldKind === 'message', value);
    if (inside !== undefined) kept[field.jsonName] = inside;
  }
  return kept;
}

/** Undefined: it holds something sensitive, and can't be compared without it. */
function insideOf(desc: DescMessage, isSingle: boolean, value: JsonValue): JsonValue | undefined {
  // A type with a JSON of its own, such as Struct, has members that aren't its fields.
  if (desc.typeName.startsWith('google.protobuf.')) return value;
  if (isSingle) return withoutSensitive(desc, value as JsonObject);
  const items = Object.values(value as object) as JsonObject[];
  const isWhole = items.every((item) => JSON.stringify(withoutSensitive(desc, item)) === JSON.stringify(item));
  return isWhole ? value : undefined;
}
