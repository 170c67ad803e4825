import type { Schema } from '@gateway/json-schema';

/** What a route file says of a service without a contract, for the description of the API. */
export interface HttpDescription {
  /** Parts of an Operation Object of OpenAPI 3.1. */
  readonly operation: Readonly<Record<string, unknown>>;
  /** Schemas that it refers to, as `#/components/schemas/<name>`. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /** What its requests and answers must be, as the gateway checks them. */
  readonly checked: CheckedSchemas;
}

/** The schemas of a route that are enforced. */
export interface CheckedSchemas {
  readonly body?: Schema;
  readonly query?: Schema;
  readonly headers?: Schema;
  readonly response?: Schema;
}
