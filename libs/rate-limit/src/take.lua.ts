/**
 * Checks and charges the rules of one call: all of them, or none when one refuses. The algorithm is that of
 * SlidingWindow, for the window and for the burst's second.
 *
 * KEYS[i] one key per check.
 * ARGV: per check eight numbers: the window's limit, length and bucket; the burst's limit (0: none), length and bucket;
 * the call's cost; 1 when the rule is only a shadow. Times in ms.
 * Returns three numbers per check: used, wait (0: fits, -1: never does), drain.
 *
 * A key holds a list, in MessagePack: the number of the window's items, then bucket and count in turns, the window's
 * oldest first, then the burst's. It goes when nothing in it counts any more. Refusing writes nothing.
 */
export const takeLua = (now: string): string => `
local now = ${now}
local FIELDS = 8

local function load(key)
  local raw = redis.call('GET', key)
  if not raw then return {0} end
  local ok, stored = pcall(cmsgpack.unpack, raw)
  if ok and type(stored) == 'table' and type(stored[1]) == 'number' then return stored end
  return {0}
end

-- The part of a window that counts now: {bucket, count, ...}, and its sum.
local function live(stored, from, to, length, bucket)
  local items, sum = {}, 0
  -- Counts from further ahead than a window mean that the clock was set back: they say nothing any more.
  if to > from and stored[to - 1] * bucket > now + length then return items, 0 end
  for i = from, to, 2 do
    if (stored[i] + 1) * bucket + length > now then
      items[#items + 1] = stored[i]
      items[#items + 1] = stored[i + 1]
      sum = sum + stored[i + 1]
    end
  end
  return items, sum
end

local function wait_for(items, sum, limit, length, bucket, cost)
  if cost == 0 then return 0 end
  if cost > limit then return -1 end
  local over = sum + cost - limit
  for i = 1, #items, 2 do
    if over <= 0 then break end
    over = over - items[i + 1]
    if over <= 0 then return (items[i] + 1) * bucket + length - now end
  end
  return 0
end

local function drain(items, length, bucket)
  if #items == 0 then return 0 end
  return (items[#items - 1] + 1) * bucket + length - now
end

local function charge(items, bucket, cost)
  local current = math.floor(now / bucket)
  -- Into the newest bucket, too, when the clock was set back a little.
  if #items > 0 and items[#items - 1] >= current then
    items[#items] = items[#items] + cost
  else
    items[#items + 1] = current
    items[#items + 1] = cost
  end
end

local function store(key, items, burst, ttl)
  local list = {#items}
  for i = 1, #items do list[#list + 1] = items[i] end
  for i = 1, #burst do list[#list + 1] = burst[i] end
  redis.call('SET', key, cmsgpack.pack(list), 'PX', ttl)
end

local checks, allowed = {}, true
for n = 1, #KEYS do
  local arg = {}
  for i = 1, FIELDS do arg[i] = tonumber(ARGV[(n - 1) * FIELDS + i]) end
  local limit, length, bucket, burst_limit, burst_length, burst_bucket, cost, shadow = unpack(arg)
  local stored = load(KEYS[n])
  local items, sum = live(stored, 2, stored[1] + 1, length, bucket)
  local burst, burst_sum, wait = {}, 0, wait_for(items, sum, limit, length, bucket, cost)
  if burst_limit > 0 then
    burst, burst_sum = live(stored, stored[1] + 2, #stored, burst_length, burst_bucket)
    local burst_wait = wait_for(burst, burst_sum, burst_limit, burst_length, burst_bucket, cost)
    if burst_wait < 0 or wait < 0 then wait = -1 else wait = math.max(wait, burst_wait) end
  end
  if wait ~= 0 and shadow == 0 then allowed = false end
  checks[n] = {items = items, sum = sum, burst = burst, wait = wait, arg = arg}
end

local reply = {}
for n, check in ipairs(checks) do
  local _, length, bucket, burst_limit, burst_length, burst_bucket, cost = unpack(check.arg)
  if allowed and check.wait == 0 and cost > 0 then
    charge(check.items, bucket, cost)
    check.sum = check.sum + cost
    if burst_limit > 0 then charge(check.burst, burst_bucket, cost) end
    local ttl = math.max(drain(check.items, length, bucket), drain(check.burst, burst_length, burst_bucket))
    store(KEYS[n], check.items, check.burst, ttl)
  end
  reply[#reply + 1] = check.sum
  reply[#reply + 1] = check.wait
  reply[#reply + 1] = drain(check.items, length, bucket)
end
return reply
`;

/** Redis' own clock: the same for every edge. */
export const REDIS_NOW = `(function() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end)()`;
