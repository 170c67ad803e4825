/** What a request may cost to decode. */
export interface TranscodingLimits {
  /** Nesting of a body's messages. */
  readonly depth: number;
  /** Members of all objects of a body together. Strings are bounded by the body. */
  readonly members: number;
  /** Parameters of a query. */
  readonly parameters: number;
  /** Wrong fields that one answer reports. */
  readonly errors: number;
}

/** Protobuf's own recursion limit is 100; the rest is far above what an honest client sends. */
export const DEFAULT_LIMITS: TranscodingLimits = { depth: 100, members: 20_000, parameters: 256, errors: 16 };
