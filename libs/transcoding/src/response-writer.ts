import {
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
  toJsonString,
} from '@bufbuild/protobuf';
import { type BodyBinding, bodyBinding } from './binding';
import type { BodyForm, TranscodingOptions } from './options';
import { isRaw, rawOfMessage } from './raw-body';

/** Writes response messages as bodies. */
export interface ResponseWriter {
  /** The `content-type` of the body. */
  contentTypeOf(response: Message): string;
  /** Throws when the message has no JSON. */
  write(response: Message): Buffer;
}

/**
 * What writes a response message as JSON text: all of it, or the one field that is the body (`null` when it is unset). A
 * HttpBody is written as the bytes that it holds, unless the options say otherwise.
 * @throws FieldPathError when there is no such field
 */
export function responseWriter(
  output: DescMessage,
  responseBody: string,
  registry: Registry,
  { rawBodies, responseForm: form }: Pick<TranscodingOptions, 'rawBodies' | 'responseForm'>,
): ResponseWriter {
  const body = bodyBinding(output, responseBody === '' ? '*' : responseBody);
  if (!rawBodies || !isRaw(output, body)) {
    const write = jsonWriter(output, body, registry, form);
    return { contentTypeOf: () => 'application/json', write: (response) => Buffer.from(write(response)) };
  }
  return {
    contentTypeOf: (response) => rawOfMessage(output, body, response).contentType,
    write: (response) => rawOfMessage(output, body, response).bytes,
  };
}

function jsonWriter(
  output: DescMessage,
  body: BodyBinding,
  registry: Registry,
  form: BodyForm | null,
): (response: Message) => string {
  // Clients see each field always, not only when it differs from its default.
  const options = { registry, alwaysEmitImplicit: true };
  if (body.kind !== 'field' && form === null) return (response) => toJsonString(output, response, options);
  const bodyOf = (json: JsonValue): JsonValue =>
    body.kind === 'field' ? ((json as JsonObject)[body.field.jsonName] ?? null) : json;
  return (response) => {
    const json = bodyOf(toJson(output, response, options));
    form?.write(json);
    return JSON.stringify(json);
  };
}
