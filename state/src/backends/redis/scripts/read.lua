-- Reads entries with the time that each has left.
--
-- KEYS  the entries, a thousand at the most
-- ARGV  deadline (not looked at: nothing is changed), "h" for headers alone, "r" or "x" for whole records
-- Gives the record of each entry, or false; then, unless nothing in the database expires, the time left of each in
-- milliseconds ("x": when it expires, since the Unix epoch): -1 for ever, -2 no entry.
local call, count, kind = redis.call, #KEYS, ARGV[2]

local answers
if kind == 'h' then
  answers = {}
  for i = 1, count do
    local head = call('GETRANGE', KEYS[i], 0, 10)
    answers[i] = head ~= '' and head
  end
else
  answers = call('MGET', unpack(KEYS))
end

-- To ask whether anything expires is as much work as to ask some entries.
local lasting = count > 16 and redis.acl_check_cmd('INFO', 'keyspace')
  and not string.find(call('INFO', 'keyspace'), 'expires=[1-9]')
if not lasting then
  local left = kind == 'x' and 'PEXPIRETIME' or 'PTTL'
  for i = 1, count do answers[count + i] = call(left, KEYS[i]) end
end
return answers
