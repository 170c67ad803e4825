/** A schema that can't be applied. Written for its author. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';

  /** @param pointer where in the schema (RFC 6901); '' is the whole */
  constructor(
    readonly pointer: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}
