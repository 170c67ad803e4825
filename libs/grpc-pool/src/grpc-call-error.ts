import type { HeaderList } from './types';

/** A call that ended with another status than OK. */
export class GrpcCallError extends Error {
  override readonly name = 'GrpcCallError';

  /**
   * @param status gRPC status code, 1 to 16
   * @param details the status message; may carry a service's internals
   * @param refused true: the server certainly didn't process the call, so that it may be sent elsewhere
   * @param trailers the metadata that came with the status
   */
  constructor(
    readonly status: number,
    readonly details: string,
    readonly refused: boolean,
    readonly trailers: HeaderList,
    options?: ErrorOptions,
  ) {
    super(`gRPC status ${status}: ${details}`, options);
  }
}
