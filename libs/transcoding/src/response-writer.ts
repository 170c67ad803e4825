import {
  type DescMessage,
  type JsonObject,
  type Message,
  type Registry,
  toJson,
  toJsonString,
} from '@bufbuild/protobuf';
import { bodyBinding } from './binding';

/**
 * What writes a response message as JSON text: all of it, or the one field that is the body (`null` when it is unset).
 * @throws FieldPathError when there is no such field
 */
export function responseWriter(
  output: DescMessage,
  responseBody: string,
  registry: Registry,
): (response: Message) => string {
  // Clients see each field always, not only when it differs from its default.
  const options = { registry, alwaysEmitImplicit: true };
  const body = bodyBinding(output, responseBody);
  if (body.kind !== 'field') return (response) => toJsonString(output, response, options);
  const { jsonName } = body.field;
  return (response) => JSON.stringify((toJson(output, response, options) as JsonObject)[jsonName] ?? null);
}
