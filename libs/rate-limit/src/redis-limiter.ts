import { createHash } from 'node:crypto';
import type { RedisClient, RedisScript } from '@gateway/redis';
import {
  decisionOf,
  isAllowed,
  type Decision,
  type LimitCheck,
  type Limiter,
  type Outcome,
  type Usage,
} from './limiter';
import type { CompiledRule } from './rule';
import { REDIS_NOW, takeLua } from './take.lua';

/** Longer keys are hashed. */
const MAX_KEY_LENGTH = 96;
/** Marks a hashed key. A key that begins with it is hashed too, so that nobody can write another's hash. */
const HASHED = '#';
/** Numbers that the script returns per check. */
const REPLY_FIELDS = 3;

/** Counts in Redis, by its clock, in one round trip however many rules a call has. */
class RedisLimiter implements Limiter {
  private readonly run: RedisScript<number[]>;

  constructor(redis: RedisClient, now: string) {
    this.run = redis.defineScript({ name: 'gatewayTake', lua: takeLua(now) });
  }

  async take(key: string, rule: CompiledRule, cost: number): Promise<Decision> {
    return (await this.takeAll([{ key, rule, cost }])).decisions[0]!;
  }

  async takeAll(checks: readonly LimitCheck[]): Promise<Outcome> {
    const reply = await this.run(checks.map(storeKey), checks.flatMap(scriptArguments));
    const usages = checks.map((_, i) => usageOf(reply, i * REPLY_FIELDS));
    return {
      allowed: isAllowed(checks, usages),
      decisions: checks.map(({ rule }, i) => decisionOf(rule, usages[i]!, 'shared')),
    };
  }
}

/**
 * A limiter that all processes on the same Redis share.
 * @param now the script's clock, in Lua: Redis' own. Another one is for tests.
 */
export function redisLimiter(redis: RedisClient, now: string = REDIS_NOW): Limiter {
  return new RedisLimiter(redis, now);
}

/** `gw:{rl:<rule>:<key>}`: rule ids have a fixed length and no colon, so no two pairs share a key. */
function storeKey({ rule, key }: LimitCheck): string {
  const short = key.length <= MAX_KEY_LENGTH && !key.startsWith(HASHED);
  return `gw:{rl:${rule.id}:${short ? key : HASHED + createHash('sha256').update(key).digest('base64url')}}`;
}

function scriptArguments({ rule: { window, burstWindow, shadow }, cost }: LimitCheck): number[] {
  const burst = burstWindow === null ? [0, 0, 1] : [burstWindow.limit, burstWindow.lengthMs, burstWindow.bucketMs];
  return [window.limit, window.lengthMs, window.bucketMs, ...burst, cost, shadow ? 1 : 0];
}

function usageOf(reply: readonly number[], at: number): Usage {
  const waitMs = reply[at + 1]!;
  return { used: reply[at]!, waitMs: waitMs < 0 ? Infinity : waitMs, drainMs: reply[at + 2]! };
}
