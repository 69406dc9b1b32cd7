-- A commit on one entry that no index follows: at most one condition, one put or delete.
--
-- KEYS  the entry
-- ARGV  deadline, condition ("a" absent, "p" present, "r" revision, "" none), revision of an "r",
--       record to put or "" to delete, expiry as for a commit
-- Gives 1 or 0 for a delete that found an entry or not, 1 for a put, and for a conflict the revision that stands there, or "".
local call, kind, record, expiry = redis.call, ARGV[2], ARGV[4], ARGV[5]
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[1] ~= '0' and now >= tonumber(ARGV[1]) then
  return redis.error_reply('PASTDEADLINE the deadline passed before the script ran')
end
if kind ~= '' then
  local head = call('GETRANGE', KEYS[1], 0, 10)
  local holds
  if kind == 'r' then holds = string.sub(head, 4) == ARGV[3] else holds = (head == '') == (kind == 'a') end
  if (head ~= '' and #head < 11) or not holds then
    -- A primary that was demoted must refuse, not answer from what it last saw: this writes nothing.
    call('PEXPIREAT', KEYS[1], 1, 'GT')
    if head ~= '' and #head < 11 then return redis.error_reply('CORRUPT 1') end
    return string.sub(head, 4)
  end
end
if record == '' then return call('DEL', KEYS[1]) end
if expiry == '' then call('SET', KEYS[1], record)
elseif expiry == 'k' then call('SET', KEYS[1], record, 'KEEPTTL')
elseif #expiry > 15 then call('SET', KEYS[1], record, 'PXAT', '9223372036854774784')
else call('SET', KEYS[1], record, 'PX', expiry) end
return 1
