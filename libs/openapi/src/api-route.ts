import type { DescMethod, JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { RoutePolicy } from '@gateway/contracts';

/** A compiled path template of google.api.http, as far as its description needs it. */
export interface ApiPath {
  readonly segments: readonly ApiSegment[];
  readonly variables: readonly ApiVariable[];
  /** The custom verb without its colon; empty: none. */
  readonly verb: string;
}

/** One segment. `variable` and `variableRest` are `*` and `**` inside a variable. */
export interface ApiSegment {
  readonly kind: 'literal' | 'variable' | 'any' | 'variableRest' | 'rest';
  /** The literal, percent-encoded; empty for wildcards. */
  readonly text: string;
}

/** A variable and the segments that it captures. */
export interface ApiVariable {
  /** The field path, such as `['parent', 'name']`. */
  readonly path: readonly string[];
  /** Index of the first segment. */
  readonly from: number;
  /** Index behind the last segment; -1: up to the end. */
  readonly to: number;
}

/** A method of a contract and how HTTP carries its messages. */
export interface ApiCall {
  readonly method: DescMethod;
  /** '' none, '*' the whole message, else a field of the request. */
  readonly body: string;
  /** '' the whole message, else a field of the response. */
  readonly responseBody: string;
  /** What the bodies look like where they aren't the JSON of the messages; absent: they are. */
  readonly forms?: { readonly request: ApiForm | null; readonly response: ApiForm | null };
}

/** What a body looks like in its version of the API. */
export interface ApiForm {
  /** Turns the message's JSON into the body's, in place. */
  write(json: JsonValue): void;
  /** The form of a member's value, of a list's or map's items under `*`; null: they are as the message's. */
  within(name: string): ApiForm | null;
  /** Whether something goes into that member, or out of it. */
  opens(name: string): boolean;
}

/** What is known of a route without a contract. Each schema is one for the document: its references lead within it. */
export interface ApiHttp {
  /** Parts of an Operation Object, which the service's owner wrote. */
  readonly operation: JsonObject;
  /** Schemas of the document that its parts refer to, by name. */
  readonly schemas: Readonly<Record<string, JsonObject>>;
  /** What a body, and the answer to a call that succeeds, must be; absent: anything. */
  readonly body?: JsonObject;
  readonly response?: JsonObject;
  /** Parameter Objects of what must be in the query and the headers. */
  readonly parameters: readonly JsonObject[];
  /** Whether the gateway refuses requests that are something else. */
  readonly enforced: boolean;
}

/** One route as the gateway serves it. */
export interface ApiRoute {
  /** Stable and unique, such as `shop.v1.ShopService.GetItem`. */
  readonly id: string;
  /** Upper case; empty: all. */
  readonly methods: readonly string[];
  readonly path: ApiPath;
  /** Lower case; empty: all. */
  readonly hosts: readonly string[];
  readonly policy: RoutePolicy;
  /** The method behind it; null: plain HTTP. */
  readonly call: ApiCall | null;
  /** Of plain HTTP, what its owner said of it; absent: nothing is known. */
  readonly http?: ApiHttp;
}

/** What a document is made of. */
export interface ApiDescription {
  readonly title: string;
  /** The version of the API, such as `v1`. */
  readonly version: string;
  readonly description?: string;
  /** Base URLs; `/` is the gateway that serves the document. */
  readonly servers: readonly string[];
  readonly routes: readonly ApiRoute[];
  /** Milliseconds since the epoch: what is deprecated depends on it. */
  readonly now: number;
}
