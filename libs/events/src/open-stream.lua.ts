/**
 * Finds the end of a stream. An empty one gets an opening entry, which is no event: so there always is an entry to stand
 * on, and every reader knows the same place from which nothing was missed.
 * KEYS[1] the stream. Returns the revision of its newest entry.
 */
export const OPEN_STREAM_LUA = `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if newest[1] then return newest[1][1] end
return redis.call('XADD', KEYS[1], '*', 'opened', '')
`;
