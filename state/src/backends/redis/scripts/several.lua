-- Several commits on one entry each, which no index follows: each is decided for itself, as in one.lua.
--
-- KEYS  the entries; all of them lie on this server, which is none of a cluster
-- ARGV  deadline less a second, then for each entry what must stand there ("a" nothing, "p" anything, or its revision),
--       for a put the record or "" for a delete, and its expiry as for a commit
-- Gives for each what one.lua gives, be it an error.
local call, try = redis.call, redis.pcall
local t = call('TIME')
if t[1] >= ARGV[1] and t[1] * 1000 + t[2] / 1000 >= ARGV[1] + 1000 then
  return redis.error_reply('PASTDEADLINE the deadline passed before the script ran')
end
local written = false
local function write(key, record, expiry)
  if record == '' then return try('DEL', key) end
  if expiry == '' then return try('SET', key, record) end
  if expiry == 'k' then return try('SET', key, record, 'KEEPTTL') end
  if #expiry > 15 then return try('SET', key, record, 'PXAT', '9223372036854774784') end
  return try('SET', key, record, 'PX', expiry)
end
local answers = {}
for i, key in ipairs(KEYS) do
  local wanted, answer = ARGV[3 * i - 1], nil
  local found = try('GETRANGE', key, 3, 10)
  if type(found) == 'table' then
    -- What is no string is another program's; the rest is decided all the same.
    answer = found
  elseif found ~= wanted or #wanted == 1 then
    local foreign = #found ~= 8 and call('GETRANGE', key, 0, 0) ~= ''
    if foreign or #wanted ~= 1 or (found == '') ~= (wanted == 'a') then
      -- As in one.lua: a primary that was demoted refuses.
      call('PEXPIREAT', key, 1, 'GT')
      answer = foreign and redis.error_reply('CORRUPT 1') or found
    end
  end
  if not answer then
    answer = write(key, ARGV[3 * i], ARGV[3 * i + 1])
    if type(answer) == 'table' and answer.err then
      -- Whoever sent this may send all of it elsewhere.
      if not written then return answer end
    else
      written = true
      if type(answer) == 'table' then answer = 1 end
    end
  end
  answers[i] = answer
end
return answers
