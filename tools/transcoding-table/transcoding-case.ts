import type { JsonValue } from '@bufbuild/protobuf';

/** A request, and what becomes of it. */
export interface RequestCase {
  readonly title: string;
  /** Method and target, such as `GET /v1/books/b1?as_of=7`. */
  readonly request: string;
  readonly contentType?: string;
  /** Text, or a value that is sent as JSON. Absent: none. */
  readonly body?: JsonValue;
  /** The method and its message, such as `GetBook {"id":"b1"}`, or the status and what is wrong: `400 unknown query/nope`. */
  readonly expected: string;
}

/** A response message, and what the client gets. */
export interface ResponseCase {
  readonly title: string;
  /** Method and target of the request that is answered. */
  readonly request: string;
  /** The service's message, as proto JSON. */
  readonly response: JsonValue;
  /** The `content-type` and the body: `application/json "Emma"`. */
  readonly expected: string;
}

/** Cases that belong together. */
export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly (RequestCase | ResponseCase)[];
}
