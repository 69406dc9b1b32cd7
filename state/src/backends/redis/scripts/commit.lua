-- Checks every condition, then applies every mutation, or nothing.
--
-- KEYS  the entries, each once, then a pair (order, expiries) for each index
-- ARGV  deadline less a second, revision, number of entries, of indexes, of conditions, and the channel on which the names of
--       changed entries are published, or ""; then
--       where there are indexes, for each entry: number of its index or 0, its member there
--       for each condition:  kind and number of its entry ("a1", "p1", "r1"), revision of an "r"
--       for each mutation:   kind and number of its entry, then what the kind needs
--         "s" put:    record, expiry       "d" delete
--         "t" touch:  expiry               "+" add: header of the record, high and low half of the number, expiry
--       An expiry is "" for never, "k" to keep, or milliseconds from now.
-- Gives {1, effect...} or {0, number of a failed condition, its revision or "", ...}.
local call, sub, tonumber = redis.call, string.sub, tonumber
local deadline, revision = ARGV[1], ARGV[2]
local entries, indexes, conditions = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local channel = ARGV[6]
local at, now = 7, nil

local function time()
  if not now then
    local t = call('TIME')
    now = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return now
end

if time() >= deadline + 1000 then
  return redis.error_reply('PASTDEADLINE the deadline passed before the script ran')
end

-- A replica that was a primary must refuse, not answer from what it last saw: this writes nothing, and only there
-- it may not.
local function assert_primary()
  call('PEXPIREAT', KEYS[1], 1, 'GT')
end

local function refuse(message)
  assert_primary()
  return redis.error_reply(message)
end

local function moment(ttl)
  -- Beyond what a double counts exactly, a few hundred thousand years are one.
  if #ttl > 15 then return '9223372036854774784' end
  return string.format('%.0f', time() + tonumber(ttl))
end

local index_of, members = {}, {}
if indexes > 0 then
  for i = 1, entries do
    index_of[i], members[i] = tonumber(ARGV[at]), ARGV[at + 1]
    at = at + 2
  end
  -- What is no sorted set fails here, before anything is applied.
  for i = entries + 1, entries + 2 * indexes do call('ZCARD', KEYS[i]) end
end

local failed
for c = 1, conditions do
  local kind, entry, wanted = sub(ARGV[at], 1, 1), tonumber(sub(ARGV[at], 2)), ARGV[at + 1]
  at = at + 2
  local head = call('GETRANGE', KEYS[entry], 0, 10)
  local current = sub(head, 4)
  if head ~= '' and #head < 11 then return refuse('CORRUPT ' .. entry) end
  local holds
  if kind == 'a' then holds = head == '' elseif kind == 'p' then holds = head ~= '' else holds = current == wanted end
  if not holds then
    failed = failed or {0}
    failed[#failed + 1] = c - 1
    failed[#failed + 1] = current
  end
end
if failed then
  assert_primary()
  return failed
end

local function number_of(record)
  if #record ~= 21 or sub(record, 12, 13) ~= '\24\1' then return nil end
  local a, b, c, d, e, f, g, h = string.byte(record, 14, 21)
  local high = ((a * 256 + b) * 256 + c) * 256 + d
  if high >= 2147483648 then high = high - 4294967296 end
  return high, ((e * 256 + f) * 256 + g) * 256 + h
end

local function big_endian(half)
  if half < 0 then half = half + 4294967296 end
  return string.char(math.floor(half / 16777216), math.floor(half / 65536) % 256, math.floor(half / 256) % 256, half % 256)
end

-- The sums, each after the mutations before it, while nothing is applied yet.
local plan, records, writes = {}, {}, false
local function record_of(entry)
  if records[entry] == nil then records[entry] = call('GET', KEYS[entry]) end
  return records[entry]
end
while at <= #ARGV do
  local kind, entry = sub(ARGV[at], 1, 1), tonumber(sub(ARGV[at], 2))
  if kind == 's' then
    plan[#plan + 1] = {kind, entry, ARGV[at + 1], ARGV[at + 2]}
    records[entry], writes = ARGV[at + 1], true
    at = at + 3
  elseif kind == 'd' then
    plan[#plan + 1] = {kind, entry}
    records[entry], writes = false, true
    at = at + 1
  elseif kind == 't' then
    plan[#plan + 1] = {kind, entry, ARGV[at + 1]}
    at = at + 2
  else
    local header, high, low, expiry = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), ARGV[at + 4]
    local before = record_of(entry)
    if before then
      local stored_high, stored_low = number_of(before)
      if not stored_high then return refuse('NOCOUNTER ' .. entry) end
      high, low, expiry = high + stored_high, low + stored_low, 'k'
      if low >= 4294967296 then high, low = high + 1, low - 4294967296 end
      if high < -2147483648 or high > 2147483647 then return refuse('OVERFLOW ' .. entry) end
    end
    local number = big_endian(high) .. big_endian(low)
    local record = header .. '\24\1' .. number
    plan[#plan + 1] = {'s', entry, record, expiry, number}
    records[entry], writes = record, true
    at = at + 5
  end
end

if not writes then assert_primary() end

-- What is refused half-way would leave the rest applied.
if #plan + indexes > 1 or channel ~= '' then
  local refused
  local function need(name, ...)
    if not redis.acl_check_cmd(name, ...) then refused = name end
  end
  for m = 1, #plan do
    local kind, key = plan[m][1], KEYS[plan[m][2]]
    if kind == 's' then need('SET', key, '')
    elseif kind == 'd' then need('DEL', key)
    else
      need('EXISTS', key)
      need('PERSIST', key)
      need('PEXPIREAT', key, 1)
    end
  end
  if channel ~= '' then need('PUBLISH', channel, '') end
  for i = entries + 1, entries + 2 * indexes do
    need('PEXPIRETIME', KEYS[1])
    need('ZADD', KEYS[i], 0, '')
    need('ZREM', KEYS[i], '')
    need('ZRANGE', KEYS[i], 0, 0)
    need('PEXPIREAT', KEYS[i], 1)
    need('PERSIST', KEYS[i])
  end
  if refused then return redis.error_reply("NOPERM the user may not run '" .. refused .. "' on these keys; nothing was applied") end
end

local effects, changed = {1}, {}
for m = 1, #plan do
  local step = plan[m]
  local kind, entry = step[1], step[2]
  local key = KEYS[entry]
  local effect = 0
  if kind == 's' then
    local expiry = step[4]
    if expiry == '' then call('SET', key, step[3])
    elseif expiry == 'k' then call('SET', key, step[3], 'KEEPTTL')
    else call('SET', key, step[3], 'PXAT', moment(expiry)) end
    effect = step[5] or 0
  elseif kind == 'd' then
    effect = call('DEL', key)
  else
    effect = call('EXISTS', key)
    if effect == 1 and step[3] ~= 'k' then
      if step[3] == '' then call('PERSIST', key) else call('PEXPIREAT', key, moment(step[3])) end
    end
  end
  effects[m + 1] = effect
  changed[entry] = true
end

if indexes > 0 then
  for entry in pairs(changed) do
    local index = index_of[entry]
    if index > 0 then
      local order, expiries = KEYS[entries + 2 * index - 1], KEYS[entries + 2 * index]
      local expires = call('PEXPIRETIME', KEYS[entry])
      if expires == -2 then call('ZREM', order, members[entry]) else call('ZADD', order, 0, members[entry]) end
      if expires >= 0 then call('ZADD', expiries, string.format('%.0f', expires), members[entry])
      else call('ZREM', expiries, members[entry]) end
    end
  end
  for index = 1, indexes do
    local order, expiries = KEYS[entries + 2 * index - 1], KEYS[entries + 2 * index]
    local due = call('ZRANGE', expiries, '-inf', string.format('(%.0f', time()), 'BYSCORE', 'LIMIT', 0, 100)
    if #due > 0 then
      call('ZREM', order, unpack(due))
      call('ZREM', expiries, unpack(due))
    end
    -- An index of nothing but what expires goes with the last of it.
    local expiring = call('ZCARD', expiries)
    if expiring > 0 and expiring == call('ZCARD', order) then
      local last = call('ZRANGE', expiries, 0, 0, 'REV', 'WITHSCORES')[2]
      last = string.format('%.0f', tonumber(last))
      call('PEXPIREAT', order, last)
      call('PEXPIREAT', expiries, last)
    else
      call('PERSIST', order)
      call('PERSIST', expiries)
    end
  end
end
if channel ~= '' then
  for entry in pairs(changed) do call('PUBLISH', channel, KEYS[entry]) end
end
return effects
