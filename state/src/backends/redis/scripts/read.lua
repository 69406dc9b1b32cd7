-- Reads entries with the time that each has left.
--
-- KEYS  the entries
-- ARGV  deadline (not looked at: nothing is changed), "h" for headers alone, "r" or "x" for whole records
-- Gives the record of each entry, or false; then, unless nothing in the database expires, the time left of each in
-- milliseconds ("x": when it expires, since the Unix epoch): -1 for ever, -2 no entry.
local call, count, kind = redis.call, #KEYS, ARGV[2]
-- As many arguments as a function of Lua takes, and more, may be too many for it.
local PART = 1000

local answers = {}
if kind == 'h' then
  for i = 1, count do
    local head = call('GETRANGE', KEYS[i], 0, 10)
    answers[i] = head ~= '' and head
  end
elseif count <= PART then
  answers = call('MGET', unpack(KEYS))
else
  for from = 1, count, PART do
    local records = call('MGET', unpack(KEYS, from, math.min(from + PART - 1, count)))
    for i = 1, #records do answers[from + i - 1] = records[i] end
  end
end

-- To ask whether anything expires is as much work as to ask some entries.
local lasting = count > 16 and redis.acl_check_cmd('INFO', 'keyspace')
  and not string.find(call('INFO', 'keyspace'), 'expires=[1-9]')
if not lasting then
  local left = kind == 'x' and 'PEXPIRETIME' or 'PTTL'
  for i = 1, count do answers[count + i] = call(left, KEYS[i]) end
end
return answers
