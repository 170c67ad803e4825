import { isUtf8 } from 'node:buffer';
import {
  create,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  mergeFromJson,
  type Registry,
} from '@bufbuild/protobuf';
import { type FieldError, GatewayError } from '@gateway/errors';
import type { BodyBinding } from './binding';
import { expectation } from './expectation';
import { type FieldPath, leafOf } from './field-path';
import { readJson } from './json-reader';
import { scanJson } from './json-scan';
import type { Parameter, QueryBinding } from './query';
import { messageOfRaw } from './raw-body';
import { jsonOfText } from './text-value';
import type { FillMask } from './update-mask';
import type { TranscodingLimits } from './limits';
import type { BodyForm } from './options';

/** The parts of a request that carry fields. */
export interface RequestParts {
  /** Decoded values of the path's variables in the binding's order; null: not UTF-8. */
  readonly pathValues: readonly (string | null)[];
  /** Without `?`. */
  readonly query: string;
  /** JSON text, or any bytes for a HttpBody; null or empty: none. */
  readonly body: Buffer | null;
  /** The `content-type` of the body, which becomes that of a HttpBody. */
  readonly contentType?: string | undefined;
}

/** What a decoder is made of. */
export interface RequestBinding {
  readonly input: DescMessage;
  readonly path: readonly FieldPath[];
  readonly query: QueryBinding;
  readonly body: BodyBinding;
  /** Whether the body is the bytes of a HttpBody, not JSON. */
  readonly raw: boolean;
  readonly registry: Registry;
  readonly limits: TranscodingLimits;
  /** Whether the body's members that no field has are passed over. */
  readonly ignoreUnknown: boolean;
  /** What the body looks like; null: the message's JSON. */
  readonly form: BodyForm | null;
  /** Fills the mask of an update; null: there is none to fill. */
  readonly fillMask: FillMask | null;
}

/** Makes request messages. The body comes first, so that a field bound by the path is always the path's. */
export class RequestDecoder {
  constructor(private readonly binding: RequestBinding) {}

  /** @throws GatewayError GW_BAD_BODY (not JSON), GW_INVALID_FIELD with `errors[]` */
  decode(parts: RequestParts): Message {
    const parameters = this.readParameters(parts);
    const json = this.binding.raw ? undefined : this.readBody(parts.body);
    const message = json === undefined ? this.withoutJson(parts) : this.fromBody(json);
    if (parameters.length > 0) this.merge(message, parameters);
    if (json !== undefined) this.binding.fillMask?.(message, json);
    return message;
  }

  private readParameters({ pathValues, query }: RequestParts): Parameter[] {
    const errors: FieldError[] = [];
    const parameters = this.binding.query.read(query, errors);
    this.binding.path.forEach((path, index) => {
      const text = pathValues[index] ?? null;
      const pointer = `path/${path.map(({ name }) => name).join('.')}`;
      if (text === null) errors.push({ pointer, rule: 'encoding', detail: 'expected percent-encoded UTF-8' });
      else parameters.push({ pointer, path, text });
    });
    if (errors.length > 0) throw invalid(errors.slice(0, this.binding.limits.errors));
    return parameters;
  }

  private readBody(body: Buffer | null): JsonValue | undefined {
    if (this.binding.body.kind === 'none' || body === null || body.length === 0) return undefined;
    if (!isUtf8(body)) throw new GatewayError('GW_BAD_BODY', { detail: 'The body is not UTF-8' });
    const text = body.toString();
    const json = parse(text);
    const { depth, members } = this.binding.limits;
    // A message within a list takes two levels of JSON.
    const problem = scanJson(text, { nesting: 2 * depth + 1, members });
    if (problem !== null) throw invalid([problem]);
    return json;
  }

  private withoutJson({ body: bytes, contentType = '' }: RequestParts): Message {
    const { input, body, raw } = this.binding;
    if (!raw || bytes === null) return create(input);
    return messageOfRaw(input, body, { contentType, bytes });
  }

  private fromBody(json: JsonValue): Message {
    const { body, form, ignoreUnknown } = this.binding;
    const unknown = form?.read(json) ?? [];
    if (unknown.length > 0 && !ignoreUnknown) throw invalid(this.unknownMembers(unknown));
    const field = body.kind === 'field' ? body.field : undefined;
    const reading = readJson(this.binding.input, json, { ...this.binding, ...(field && { field }) });
    if (reading.errors !== null) throw invalid(reading.errors.map(this.toCaller), reading.cause);
    return reading.message;
  }

  private unknownMembers(pointers: readonly string[]): FieldError[] {
    const errors = pointers.map((pointer) => ({ pointer, rule: 'unknown', detail: 'there is no such field' }));
    return errors.slice(0, this.binding.limits.errors);
  }

  private readonly toCaller = (error: FieldError): FieldError => {
    const { form } = this.binding;
    return form === null ? error : { ...error, pointer: form.locate(error.pointer) };
  };

  private merge(message: Message, parameters: readonly Parameter[]): void {
    const { input, registry } = this.binding;
    const document: JsonObject = {};
    for (const { path, text } of parameters) assign(document, path, text);
    try {
      mergeFromJson(input, message, document, { registry });
    } catch (cause) {
      throw invalid(this.diagnoseParameters(parameters), cause);
    }
  }

  private diagnoseParameters(parameters: readonly Parameter[]): FieldError[] {
    const { input, registry, limits } = this.binding;
    const errors: FieldError[] = [];
    for (const { pointer, path, text } of parameters) {
      const document: JsonObject = {};
      assign(document, path, text);
      try {
        fromJson(input, document, { registry });
      } catch {
        errors.push({ pointer, rule: 'type', detail: expectation(leafOf(path)) });
      }
    }
    if (errors.length > 0) return errors.slice(0, limits.errors);
    return [{ pointer: 'query', rule: 'conflict', detail: 'two fields of a oneof are set' }];
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new GatewayError('GW_BAD_BODY', { detail: 'The body is not JSON', cause });
  }
}

const invalid = (errors: FieldError[], cause?: unknown): GatewayError =>
  new GatewayError('GW_INVALID_FIELD', { errors, cause });

/** Puts a text at its place in a JSON document. The last one of a singular field wins. */
function assign(document: JsonObject, path: FieldPath, text: string): void {
  let parent = document;
  for (const field of path.slice(0, -1)) parent = (parent[field.jsonName] ??= {}) as JsonObject;
  const leaf = leafOf(path);
  const value = jsonOfText(leaf, text);
  if (leaf.fieldKind === 'list') ((parent[leaf.jsonName] ??= []) as JsonValue[]).push(value);
  else parent[leaf.jsonName] = value;
}
