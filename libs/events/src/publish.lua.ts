/**
 * Appends an event and hints at it.
 * KEYS[1] the stream; KEYS[2] (optional) where the event's id is remembered.
 * ARGV[1] the event; ARGV[2] about how many events are kept; ARGV[3] the channel; ARGV[4] seconds to remember the id.
 * Returns {revision, 1 when the id was known}.
 */
export const PUBLISH_LUA = `
if KEYS[2] then
  local known = redis.call('GET', KEYS[2])
  if known then return {known, 1} end
end
local revision = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
if KEYS[2] then redis.call('SET', KEYS[2], revision, 'EX', ARGV[4]) end
redis.call('PUBLISH', ARGV[3], revision)
return {revision, 0}
`;
