-- A commit on one entry that no index follows: one condition, one put or delete.
--
-- KEYS  the entry
-- ARGV  deadline less a second, what must stand there ("a" nothing, "p" anything, or its revision),
--       then for a put the record, and for one that expires as for a commit its expiry, both else absent or "";
--       then the channel on which the name of the entry is published, or absent
-- Gives 1 or 0 for a delete that found an entry or not, 1 for a put, and for a conflict the revision that stands there, or "".
local call, wanted, record, expiry, channel = redis.call, ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local t = call('TIME')
-- As texts, seconds are less than milliseconds of the same second or a later one: most deadlines need no arithmetic.
if t[1] >= ARGV[1] and t[1] * 1000 + t[2] / 1000 >= ARGV[1] + 1000 then
  return redis.error_reply('PASTDEADLINE the deadline passed before the script ran')
end
local found = call('GETRANGE', KEYS[1], 3, 10)
if found ~= wanted or #wanted == 1 then
  local foreign = #found ~= 8 and call('GETRANGE', KEYS[1], 0, 0) ~= ''
  if foreign or #wanted ~= 1 or (found == '') ~= (wanted == 'a') then
    -- A primary that was demoted must refuse, not answer from what it last saw: this writes nothing.
    call('PEXPIREAT', KEYS[1], 1, 'GT')
    if foreign then return redis.error_reply('CORRUPT 1') end
    return found
  end
end
-- What is refused half-way would leave the rest applied.
if channel and not redis.acl_check_cmd('PUBLISH', channel, '') then
  return redis.error_reply("NOPERM the user may not run 'PUBLISH' on this channel; nothing was applied")
end
local effect = 1
if not record or record == '' then effect = call('DEL', KEYS[1])
elseif not expiry or expiry == '' then call('SET', KEYS[1], record)
elseif expiry == 'k' then call('SET', KEYS[1], record, 'KEEPTTL')
elseif #expiry > 15 then call('SET', KEYS[1], record, 'PXAT', '9223372036854774784')
else call('SET', KEYS[1], record, 'PX', expiry) end
if channel then call('PUBLISH', channel, KEYS[1]) end
return effect
