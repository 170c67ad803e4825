/** The scripts of the Redis store. Each touches the keys of one service only, so it runs on one node of a cluster. */

/**
 * KEYS 1 leases (hash id -> record), 2 expiries (zset id -> ms of Redis' time).
 * ARGV 1 retention ms, 2 how many leases to put, then per put lease: id, epoch, n, lease ms, record;
 * then per removed one: id, epoch, n.
 * A record begins with its generation: `<epoch> <n> <JSON>`.
 */
export const WRITE_LEASES = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function generation(id)
  local record = redis.call('HGET', KEYS[1], id)
  if not record then return nil, nil end
  local epoch, n = string.match(record, '^(%S+) (%d+) ')
  return epoch, n
end
-- Numbers as decimal text: they may be beyond what a double holds.
local function less(one, other)
  if #one ~= #other then return #one < #other end
  return one < other
end
local at = 3
for _ = 1, tonumber(ARGV[2]) do
  local id, epoch, n, lease, record = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local knownEpoch, known = generation(id)
  if not (knownEpoch == epoch and less(n, known)) then
    redis.call('HSET', KEYS[1], id, record)
    redis.call('ZADD', KEYS[2], now + lease, id)
  end
  at = at + 5
end
while at <= #ARGV do
  local id, epoch, n = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local knownEpoch, known = generation(id)
  if not (knownEpoch == epoch and less(n, known)) then
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
  at = at + 3
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1])) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 'OK'
`;

/**
 * KEYS 1 services (zset name -> ms of Redis' time when last written), 2 the highest number.
 * ARGV 1 retention ms, 2 the number, 3 a service. Services that weren't written within the retention are forgotten.
 */
export const TOUCH_SERVICE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
local known = redis.call('GET', KEYS[2])
if not known or #known < #ARGV[2] or (#known == #ARGV[2] and known < ARGV[2]) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
else
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return 'OK'
`;
