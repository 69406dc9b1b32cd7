-- Reads entries with the time that each has left.
--
-- KEYS  the entries
-- ARGV  deadline (not looked at: nothing is changed), "h" for headers alone, "r" or "x" for whole records
-- Gives for each entry its record, or false, and its time left in milliseconds ("x": when it expires, since the Unix
-- epoch): -1 for ever, -2 no entry.
local left = 'PTTL'
if ARGV[2] == 'x' then left = 'PEXPIRETIME' end
local answers = {}
for i = 1, #KEYS do
  local record
  if ARGV[2] == 'h' then
    record = redis.call('GETRANGE', KEYS[i], 0, 10)
    if record == '' then record = false end
  else
    record = redis.call('GET', KEYS[i])
  end
  answers[2 * i - 1] = record
  answers[2 * i] = redis.call(left, KEYS[i])
end
return answers
