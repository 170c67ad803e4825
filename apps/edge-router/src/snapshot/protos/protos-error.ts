import { problemLine, type SnapshotProblem } from '../problem';

/** Sources that can't be used, or a compiler that can't be run: what is wrong, where. */
export class ProtosError extends Error {
  override readonly name = 'ProtosError';

  constructor(
    readonly problems: readonly SnapshotProblem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(problemLine).join('\n'), options);
  }
}

/** A problem of the sources. @param place such as `shop/v1/shop.proto:12`; '' for all of them */
export const protosProblem = (place: string, detail: string): SnapshotProblem => ({
  severity: 'error',
  source: 'protos',
  place,
  detail,
});
