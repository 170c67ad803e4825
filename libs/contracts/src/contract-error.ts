/** What a refused contract breaks. */
export type ContractRule =
  /** Not a descriptor set, or one that doesn't hold together. */
  | 'malformed'
  /** Larger, deeper or longer than the bounds. */
  | 'bounds'
  /** A file imports one that the set doesn't have. */
  | 'import'
  /** A `google.api.http` annotation that can't be served. */
  | 'binding'
  /** A path that belongs to the platform. */
  | 'reserved'
  /** A policy that can't mean anything. */
  | 'policy';

/** Where in a contract something is. */
export interface ContractPlace {
  /** The `.proto` file; empty when the whole set is meant. */
  readonly file: string;
  /** The full name of the service, method or message; empty when the whole file is meant. */
  readonly symbol: string;
  /** Which part of a policy, such as `rate_limits[0].window`. */
  readonly field?: string;
}

/** A contract that can't be used, and why. Its message is written for the contract's author. */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  constructor(
    readonly rule: ContractRule,
    readonly place: ContractPlace,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super([place.file, place.symbol, `${detail} [${rule}]`].filter((part) => part !== '').join(': '), options);
  }
}

/** The set as a whole. */
export const WHOLE_SET: ContractPlace = { file: '', symbol: '' };
