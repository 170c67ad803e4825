/**
 * Holds a random value for as long as the data lives. A script or a command that must not mistake an emptied server for
 * one from which something was removed reads it too.
 */
export const EPOCH_KEY = 'gw:{meta}:epoch';

/**
 * Says which life of the data this is: sets the epoch when there is none. It writes in any case, so a server that
 * takes no writes says so.
 * KEYS[1] the epoch's key; ARGV[1] a new random epoch. Returns the epoch in force.
 */
export const EPOCH_LUA = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`;
