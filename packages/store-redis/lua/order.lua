-- Where to go on in an index that others change meanwhile.

local order = {}

-- Stands for what leaves the middle of a list until it does. No id is so.
local GONE = '\0'

-- As Redis orders bytes; Lua's own < goes by the locale of the server.
function order.is_after(a, b)
  for at = 1, math.min(#a, #b) do
    local one, other = byte(a, at), byte(b, at)
    if one ~= other then return one > other end
  end
  return #a > #b
end

-- The rank of the first that stands behind this score and id, whether or not that id still stands there.
function order.behind(key, score, id)
  local low = call('ZCOUNT', key, '-inf', '(' .. score)
  local high = low + call('ZCOUNT', key, score, score)
  while low < high do
    local middle = floor((low + high) / 2)
    if order.is_after(call('ZRANGE', key, middle, middle)[1], id) then high = middle else low = middle + 1 end
  end
  return low
end

-- How far around its place an id is looked for that moved in a list.
local BEFORE, BEHIND = 5000, 500

-- The place behind this id, which stood at `place`; when it is gone, a place all that stood behind it are behind of, as far as one looks.
function order.behind_in_list(key, place, id)
  if call('LINDEX', key, place) == id then return place + 1 end
  local from = math.max(0, place - BEFORE)
  local ids = call('LRANGE', key, from, place + BEHIND)
  for n = #ids, 1, -1 do
    if ids[n] == id then return from + n end
  end
  return from
end

-- Ids and their scores from what Redis answers WITHSCORES.
function order.apart(found)
  local ids, scores = {}, {}
  for at = 1, #found, 2 do ids[#ids + 1], scores[#scores + 1] = found[at], found[at + 1] end
  return ids, scores
end
