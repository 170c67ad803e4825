/**
 * Says that a daemon lives, and which ones do.
 * KEYS 1 daemons (zset id -> ms of Redis' time of the latest heartbeat).
 * ARGV 1 this daemon's id, 2 how long a heartbeat counts in ms, 3 how long the key is kept in ms.
 * Returns { Redis' time in ms, the id of each that lives, … }.
 */
export const HEARTBEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local live = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(live, 1, string.format('%.0f', now))
return live
`;
