import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  type Registry,
} from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import { Diagnosis } from './diagnose';
import { isDeeperThan } from './json-depth';
import type { TranscodingLimits } from './limits';

/** A message, or the fields of the JSON that it refuses. */
export type JsonReading<Desc extends DescMessage> =
  | { readonly message: MessageShape<Desc>; readonly errors: null }
  | { readonly message: null; readonly errors: FieldError[]; readonly cause: unknown };

/** How JSON is read. */
export interface JsonReadingOptions {
  readonly registry: Registry;
  readonly limits: TranscodingLimits;
  /** The field of the message that the JSON is the value of; left out: the JSON is the whole message. */
  readonly field?: DescField;
  /** Whether members that no field has, and names that an enum doesn't have, are passed over. */
  readonly ignoreUnknown?: boolean;
}

/**
 * Reads a message from proto JSON, strictly unless told otherwise. What is wrong is told field by field, with JSON pointers (RFC 6901).
 */
export function readJson<Desc extends DescMessage>(
  desc: Desc,
  json: JsonValue,
  { registry, limits, field, ignoreUnknown: ignoreUnknownFields = false }: JsonReadingOptions,
): JsonReading<Desc> {
  const document = field === undefined ? json : { [field.jsonName]: json };
  try {
    const options = { registry, recursionLimit: limits.depth, ignoreUnknownFields };
    return { message: fromJson(desc, document, options), errors: null };
  } catch (cause) {
    if (isDeeperThan(json, limits.depth)) {
      const detail = `nested deeper than ${limits.depth}`;
      return { message: null, errors: [{ pointer: '', rule: 'depth', detail }], cause };
    }
    const diagnosis = new Diagnosis({ registry, ignoreUnknownFields }, limits.errors);
    if (field === undefined) diagnosis.message(desc, json, '');
    else diagnosis.field(field, json, '');
    return { message: null, errors: diagnosis.errors.length > 0 ? diagnosis.errors : UNKNOWN, cause };
  }
}

/** The search was given up. */
const UNKNOWN: FieldError[] = [{ pointer: '', rule: 'type', detail: 'a field has a wrong type' }];
