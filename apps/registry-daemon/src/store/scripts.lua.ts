/** The scripts of the Redis store. Each touches the keys of one service only, or those of all, so it runs on one node of a cluster. */

/**
 * What the scripts on leases share. A record is `<epoch> <n> <revision> <JSON>`; without JSON it says that this life was
 * given up. Numbers are compared as decimal text: they may be beyond what a double holds.
 */
const RECORDS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function compare(one, other)
  if #one ~= #other then return #one < #other and -1 or 1 end
  if one == other then return 0 end
  return one < other and -1 or 1
end
-- How the generation (epoch, n) stands to the one that is kept, and the kept record and its revision.
local function order(id, epoch, n)
  local record = redis.call('HGET', KEYS[1], id)
  if not record then return 1 end
  local knownEpoch, known, revision = string.match(record, '^(%S+) (%d+) (%d+) ')
  if not known then return 1 end
  local order = compare(n, known)
  if order == 0 and epoch ~= knownEpoch then order = epoch < knownEpoch and -1 or 1 end
  return order, record, revision
end
local function isGone(record) return string.sub(record, -1) == ' ' end
`;

/**
 * KEYS 1 leases (hash id -> record), 2 expiries (zset id -> ms of Redis' time).
 * ARGV 1 retention ms, 2 how long a given up life is remembered in ms,
 * 3 how many leases to put, then per put lease: id, epoch, n, revision, lease ms, 1 when it was renewed, record;
 * then how many renewed ones, then per one: id, epoch, n, lease ms;
 * then per removed one: id, epoch, n, record.
 * Returns { id, record, … of what stands instead }, { ids that are missing }, { ids that were put or removed }.
 */
export const WRITE_LEASES = `
${RECORDS}
local better, missing, taken = {}, {}, {}
local function stands(id, record)
  better[#better + 1] = id
  better[#better + 1] = record
end
local at = 4
for _ = 1, tonumber(ARGV[3]) do
  local id, epoch, n, revision, lease, renewed, record = unpack(ARGV, at, at + 6)
  local order, known, knownRevision = order(id, epoch, n)
  local late = order < 0 or (order == 0 and (isGone(known) or compare(revision, knownRevision) < 0))
  if late then
    stands(id, known)
  else
    redis.call('HSET', KEYS[1], id, record)
    taken[#taken + 1] = id
  end
  if order > 0 or (order == 0 and not isGone(known) and renewed == '1') then
    redis.call('ZADD', KEYS[2], now + lease, id)
  end
  at = at + 7
end
local renewals = tonumber(ARGV[at])
at = at + 1
for _ = 1, renewals do
  local id, epoch, n, lease = unpack(ARGV, at, at + 3)
  local order, known = order(id, epoch, n)
  if order > 0 then
    missing[#missing + 1] = id
  elseif order < 0 or isGone(known) then
    stands(id, known)
  else
    redis.call('ZADD', KEYS[2], now + lease, id)
  end
  at = at + 4
end
while at <= #ARGV do
  local id, epoch, n, record = unpack(ARGV, at, at + 3)
  if order(id, epoch, n) >= 0 then
    redis.call('HSET', KEYS[1], id, record)
    -- Forgotten with what is older than the retention, below.
    redis.call('ZADD', KEYS[2], now - ARGV[1] + ARGV[2], id)
    taken[#taken + 1] = id
  end
  at = at + 4
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1])) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { better, missing, taken }
`;

/**
 * KEYS as above. ARGV per lease: id, epoch, n.
 * Returns per lease what it has left in ms, or an empty text when that life isn't kept.
 */
export const REMAINING = `
${RECORDS}
local remaining = {}
for at = 1, #ARGV, 3 do
  local order, known = order(ARGV[at], ARGV[at + 1], ARGV[at + 2])
  local expiry = order == 0 and not isGone(known) and redis.call('ZSCORE', KEYS[2], ARGV[at])
  remaining[#remaining + 1] = expiry and tostring(expiry - now) or ''
end
return remaining
`;

/** KEYS as above. ARGV per lease: id, epoch, n. Removes those that have run out and returns their ids. */
export const EXPIRE_LEASES = `
${RECORDS}
local removed = {}
for at = 1, #ARGV, 3 do
  local id = ARGV[at]
  local order, known = order(id, ARGV[at + 1], ARGV[at + 2])
  local expiry = order == 0 and not isGone(known) and redis.call('ZSCORE', KEYS[2], id)
  if expiry and tonumber(expiry) <= now then
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    removed[#removed + 1] = id
  end
end
return removed
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

/**
 * Tells other daemons. KEYS 1 the stream of changes.
 * ARGV 1 retention ms, 2 about how many entries are kept, 3 the channel of the hint, then the entry's fields.
 */
export const ANNOUNCE = `
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[3], entry)
return entry
`;

/**
 * KEYS 1 publications (zset JSON -> ms since the Unix epoch), 2 bytes (hash digest -> descriptor set).
 * ARGV 1 retention ms, 2 how many publications are kept, 3 the publication, 4 when, 5 its digest, 6 its bytes.
 */
export const PUT_CONTRACT = `
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
if ARGV[7] ~= '' then redis.call('HSETNX', KEYS[3], ARGV[3], ARGV[7]) end
if redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2]) > 0 then
  local kept = {}
  for _, publication in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    kept[cjson.decode(publication).digest] = true
    kept[publication] = true
  end
  for _, digest in ipairs(redis.call('HKEYS', KEYS[2])) do
    if not kept[digest] then redis.call('HDEL', KEYS[2], digest) end
  end
  for _, publication in ipairs(redis.call('HKEYS', KEYS[3])) do
    if not kept[publication] then redis.call('HDEL', KEYS[3], publication) end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return 'OK'
`;
