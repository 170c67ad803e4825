/**
 * Appends a message to a room's log and hints at it, as one step: whoever follows the hint finds the message.
 * KEYS[1] the log, also the channel's name. ARGV: message, longest length, life in ms.
 * Replies the message's offset.
 */
export const APPEND = `
local offset = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'm', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], offset)
return offset
`;
