-- A put where nothing stands, and an addition to another entry; no index follows either.
--
-- KEYS  the entry that is put, the counter
-- ARGV  deadline less a second; record and expiry of the put; of the addition the header of the record, the high and low half of
--       the number, and the expiry of a new counter; expiries as for a commit
-- Gives {1, 0, sum} or {0, 0, revision that stands where nothing should}.
local call = redis.call
local t = call('TIME')
-- As in one.lua.
if t[1] >= ARGV[1] and t[1] * 1000 + t[2] / 1000 >= ARGV[1] + 1000 then
  return redis.error_reply('PASTDEADLINE the deadline passed before the script ran')
end
-- A primary that was demoted must refuse, not answer from what it last saw: this writes nothing.
local function refuse(message)
  call('PEXPIREAT', KEYS[1], 1, 'GT')
  return redis.error_reply(message)
end
local head = call('GETRANGE', KEYS[1], 0, 10)
if head ~= '' then
  if #head < 11 then return refuse('CORRUPT 1') end
  call('PEXPIREAT', KEYS[1], 1, 'GT')
  return {0, 0, string.sub(head, 4)}
end
local high, low, expiry = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local before = call('GET', KEYS[2])
if before then
  if #before ~= 21 or string.sub(before, 12, 13) ~= '\24\1' then return refuse('NOCOUNTER 2') end
  local stored_high, stored_low = struct.unpack('>i4I4', string.sub(before, 14))
  high, low, expiry = high + stored_high, low + stored_low, 'k'
  if low >= 4294967296 then high, low = high + 1, low - 4294967296 end
  if high < -2147483648 or high > 2147483647 then return refuse('OVERFLOW 2') end
end
-- What is refused half-way would leave the rest applied.
if not redis.acl_check_cmd('SET', KEYS[2], '') then
  return redis.error_reply("NOPERM the user may not run 'SET' on these keys; nothing was applied")
end
local function put(key, record, ttl)
  if ttl == '' then call('SET', key, record)
  elseif ttl == 'k' then call('SET', key, record, 'KEEPTTL')
  elseif #ttl > 15 then call('SET', key, record, 'PXAT', '9223372036854774784')
  else call('SET', key, record, 'PX', ttl) end
end
if high < 0 then high = high + 4294967296 end
local sum = struct.pack('>I4I4', high, low)
put(KEYS[1], ARGV[2], ARGV[3])
put(KEYS[2], ARGV[4] .. '\24\1' .. sum, expiry)
return {1, 0, sum}
