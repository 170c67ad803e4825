/**
 * Keeps a report for as long as it counts, and its reporter in the index (zset reporter -> ms of Redis' time when it was
 * put). Reporters that haven't reported within the retention are forgotten.
 * KEYS 1 index, 2 the reporter's report. ARGV 1 reporter, 2 bytes, 3 valid ms, 4 retention ms, 5 most reporters.
 * Returns 1, or 0 when there is no place for another reporter.
 */
export const PUT_REPORT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;
