import type { Duration } from '@bufbuild/protobuf/wkt';

/** A duration of a policy, in milliseconds. */
export const toMilliseconds = ({ seconds, nanos }: Duration): number => Number(seconds) * 1_000 + nanos / 1_000_000;
