/**
 * Reads an entry with the time it has left.
 * KEYS[1] the entry's key. Returns {bytes, milliseconds}, or false when there is none.
 */
export const READ_ENTRY_LUA = `
local bytes = redis.call('GET', KEYS[1])
if not bytes then return false end
return {bytes, redis.call('PTTL', KEYS[1])}
`;
