/** Redis can't be asked now: it is down, the connection broke, or it didn't answer in time. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** Redis answered with an error. */
export class RedisReplyError extends Error {
  override readonly name = 'RedisReplyError';

  /** @param code the first word of the reply, such as `READONLY` or `ERR` */
  constructor(
    readonly code: string,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  /** Redis is there but takes no writes. */
  get refusesWrites(): boolean {
    return REFUSES_WRITES.has(this.code);
  }
}

/** A replica; too few replicas; persistence failing; out of memory. */
const REFUSES_WRITES = new Set(['READONLY', 'NOREPLICAS', 'MISCONF', 'OOM']);
