import type { JsonValue } from '@bufbuild/protobuf';
import { DEFAULT_LIMITS, type TranscodingLimits } from './limits';

/**
 * What a body looks like where it isn't the JSON of its message, as in another version of an API. Works in place, on JSON
 * that nobody else has.
 */
export interface BodyForm {
  /**
   * Turns a request's body into the message's JSON.
   * @returns pointers (RFC 6901) to members that the form doesn't have; they have been taken out
   */
  read(json: JsonValue): string[];
  /** Turns the message's JSON into a response's body. */
  write(json: JsonValue): void;
  /** A pointer into the message's JSON as one into the body. */
  locate(pointer: string): string;
}

/** How strict a transcoder is, and what its bodies look like. */
export interface TranscodingOptions {
  readonly limits: TranscodingLimits;
  /** Whether query parameters that no field has are passed over; otherwise they are refused. */
  readonly ignoreUnknownQuery: boolean;
  /** Whether members of a body that no field has are passed over, unknown names of enums too; otherwise they are refused. */
  readonly ignoreUnknownFields: boolean;
  /** Whether a `google.api.HttpBody` that is the body is the bytes that it holds; otherwise it is JSON like any message. */
  readonly rawBodies: boolean;
  /** Of the request's body, or the field that it is; null: the message's JSON. */
  readonly requestForm: BodyForm | null;
  /** Of the response's body, or the field that it is; null: the message's JSON. */
  readonly responseForm: BodyForm | null;
}

/** Nothing is passed over: a mistyped name is told, not lost. */
export const DEFAULT_OPTIONS: TranscodingOptions = {
  limits: DEFAULT_LIMITS,
  ignoreUnknownQuery: false,
  ignoreUnknownFields: false,
  rawBodies: true,
  requestForm: null,
  responseForm: null,
};
