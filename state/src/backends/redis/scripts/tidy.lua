-- Removes from an index what is no more.
--
-- KEYS  order, expiries, then entries to look at
-- ARGV  deadline (not looked at: what this does is always right), then the members of those entries
-- Gives how many members were removed, and 1 where more are due.
local call = redis.call
local order, expiries = KEYS[1], KEYS[2]
local removed = 0
for i = 3, #KEYS do
  if call('EXISTS', KEYS[i]) == 0 then
    removed = removed + call('ZREM', order, ARGV[i - 1])
    call('ZREM', expiries, ARGV[i - 1])
  end
end
local t = call('TIME')
local now = string.format('(%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
local due = call('ZRANGE', expiries, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1000)
if #due > 0 then
  removed = removed + call('ZREM', order, unpack(due))
  call('ZREM', expiries, unpack(due))
end
local expiring = call('ZCARD', expiries)
if expiring > 0 and expiring == call('ZCARD', order) then
  local last = call('ZRANGE', expiries, 0, 0, 'REV', 'WITHSCORES')[2]
  last = string.format('%.0f', tonumber(last))
  call('PEXPIREAT', order, last)
  call('PEXPIREAT', expiries, last)
end
return {removed, #due == 1000 and 1 or 0}
