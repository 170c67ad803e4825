import { type Duration, type Timestamp, timestampDate, timestampMs } from '@bufbuild/protobuf/wkt';

/** A duration of a policy, in milliseconds. */
export const toMilliseconds = ({ seconds, nanos }: Duration): number => Number(seconds) * 1_000 + nanos / 1_000_000;

/** A time of a policy, in milliseconds since the epoch; null when it isn't set. */
export const timeOf = (time: Timestamp | undefined): number | null => (time === undefined ? null : timestampMs(time));

/** A time of a policy as people write it (RFC 3339); null when it isn't set. */
export const shownTime = (time: Timestamp | undefined): string | null =>
  time === undefined ? null : timestampDate(time).toISOString();
