import { type DescMethod, fromBinary, type Message, type Registry, toBinary } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import { type BodyBinding, bodyBinding, pathBinding } from './binding';
import { type FieldPath } from './field-path';
import { isJsonType } from './media-type';
import { DEFAULT_OPTIONS, type TranscodingOptions } from './options';
import { QueryBinding } from './query';
import { isRaw } from './raw-body';
import { RequestDecoder, type RequestParts } from './request-decoder';
import { responseWriter } from './response-writer';
import { maskFiller } from './update-mask';

/** One HTTP binding of a method, as google.api.HttpRule has it. */
export interface HttpBinding {
  /** Field paths of the template's variables, in its order. */
  readonly variables: readonly (readonly string[])[];
  /** '' none, '*' the whole message, else a top-level field of the request. */
  readonly body: string;
  /** '' the whole message, else a top-level field of the response. */
  readonly responseBody: string;
  /** The HTTP method, upper case: a PATCH fills its update mask. Left out: one that does nothing by itself. */
  readonly method?: string;
}

/** Turns HTTP requests into a method's messages and its answers into JSON. Stateless. */
export interface Transcoder {
  /** Whether the binding reads a body. */
  readonly readsBody: boolean;
  /** Whether a body of that `content-type` can be read: JSON in UTF-8, or anything where the body is a HttpBody. */
  accepts(contentType: string): boolean;
  /**
   * The request message. Unknown fields and parameters are refused, unless the options say otherwise.
   * @throws GatewayError GW_BAD_BODY (not JSON), GW_INVALID_FIELD with `errors[]` whose pointers are RFC 6901 into the
   *   body, `path/<name>` or `query/<name>`
   */
  decode(parts: RequestParts): Message;
  /** The request message as it is sent. */
  toWire(request: Message): Uint8Array;
  /** A received response message. Throws GatewayError GW_UPSTREAM_PROTOCOL when the bytes aren't one. */
  fromWire(response: Uint8Array): Message;
  /** The `content-type` of what {@link encode} gives: JSON, or what a HttpBody says. */
  contentTypeOf(response: Message): string;
  /**
   * The response as proto JSON, defaults present, 64-bit integers as strings; a HttpBody as the bytes that it holds.
   * @throws GatewayError GW_UPSTREAM_PROTOCOL when it has no JSON (an Any of an unknown type)
   */
  encode(response: Message): Buffer;
}

/**
 * Compiles a binding of a method; of a streaming one for each of its messages.
 * @param registry holds the types that `google.protobuf.Any` may name
 * @throws FieldPathError when the binding names a field that isn't there or can't be bound so
 */
export function compileTranscoder(
  method: Pick<DescMethod, 'input' | 'output'>,
  binding: HttpBinding,
  registry: Registry,
  given: Partial<TranscodingOptions> = {},
): Transcoder {
  const { input, output } = method;
  const { ignoreUnknownFields: ignoreUnknown, requestForm: form, ...options } = { ...DEFAULT_OPTIONS, ...given };
  const { limits, ignoreUnknownQuery, rawBodies } = options;
  const path = binding.variables.map((names) => pathBinding(input, names));
  const body = bodyBinding(input, binding.body);
  const query = new QueryBinding(input, boundNames(path, body, method), limits.parameters, ignoreUnknownQuery);
  const fillMask = maskFiller(input, body, binding.method ?? '');
  const raw = rawBodies && isRaw(input, body);
  const decoder = new RequestDecoder({
    input,
    path,
    query,
    body,
    raw,
    registry,
    limits,
    ignoreUnknown,
    form,
    fillMask,
  });
  const writer = responseWriter(output, binding.responseBody, registry, options);
  return {
    readsBody: body.kind !== 'none',
    accepts: (contentType) => raw || isJsonType(contentType),
    decode: (parts: RequestParts) => decoder.decode(parts),
    toWire: (request) => toBinary(input, request),
    fromWire: (response) => blameUpstream(() => fromBinary(output, response)),
    contentTypeOf: (response) => writer.contentTypeOf(response),
    encode: (response) => blameUpstream(() => writer.write(response)),
  };
}

/** The fields that the query can't set: google.api.http gives each field one place. */
function boundNames(path: readonly FieldPath[], body: BodyBinding, { input }: Pick<DescMethod, 'input'>): string[] {
  if (body.kind === 'whole') return input.fields.map(({ name }) => name);
  const names = path.map((fields) => fields.map(({ name }) => name).join('.'));
  return body.kind === 'field' ? [...names, body.field.name] : names;
}

function blameUpstream<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new GatewayError('GW_UPSTREAM_PROTOCOL', { cause });
  }
}
