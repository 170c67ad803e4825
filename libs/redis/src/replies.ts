import { ReplyError } from 'ioredis';
import { RedisReplyError, RedisUnavailableError } from './errors';

/** Answers of a server that is there and of no use until it has loaded its data or found its primary again. */
const NOT_SERVING = new Set(['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN']);
/** How an error inside a script looked before Redis 7: `ERR Error running script …: -READONLY You can't write…`. */
const INSIDE_SCRIPT = /-(READONLY|NOREPLICAS|MISCONF|OOM)\b/;

/** What a rejected command means: an answer of the server, or no answer. */
export function asRedisError(error: unknown): RedisReplyError | RedisUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ReplyError)) return new RedisUnavailableError(message, { cause: error });
  const code = INSIDE_SCRIPT.exec(message)?.[1] ?? /^\S*/.exec(message)![0];
  if (NOT_SERVING.has(code)) return new RedisUnavailableError(message, { cause: error });
  return new RedisReplyError(code, message, error);
}
