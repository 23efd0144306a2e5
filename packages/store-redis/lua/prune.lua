-- Records looked at together: a finished one may hold a result of 64 KiB.
local SHELF_PAGE = 100

local function forget(self, kind, count)
  local key = self.base .. ':' .. kind
  if kind == 'finished' then call('LPOP', key, count) else call('ZREMRANGEBYRANK', key, 0, count - 1) end
  pair.count(self, kind, -count)
end

-- Forgets from the old end of a shelf, at most `most`. Answers how many, and whether the next must wait.
local function prune_page(self, kind, most)
  local ids, count = oldest(self, kind, most)
  local records = tenant.fetch(self.tenant, ids)
  local forgotten, dropped, bytes = self.tenant.forgotten, self.tenant.dropped, shelf_bytes(self, kind)
  for n = 1, #ids do
    local job = tenant.read(self.tenant, ids[n], records[n])
    if forget_at(self, kind, job, count - n + 1, bytes) > self.step.now then
      if n > 1 then forget(self, kind, n - 1) end
      return n - 1, true
    end
    if job then forgotten[#forgotten + 1] = ids[n] end
    if job and record.has(job, APART) then dropped[#dropped + 1] = ids[n] end
    if job then
      bytes = bytes - record.payload_bytes(job)
      pair.count(self, kind .. 'Bytes', -record.payload_bytes(job))
    end
  end
  if #ids > 0 then forget(self, kind, #ids) end
  return #ids, #ids < most
end

local function prune_shelf(kind)
  return function(self, room)
    local moved, over = 0, false
    while moved < room and not over do
      local count
      count, over = prune_page(self, kind, math.min(room - moved, SHELF_PAGE))
      moved = moved + count
    end
    return moved
  end
end

-- args[3]: at most so many.
function verbs.prune(keys, args)
  local self = step.open(keys, args)
  local limit = tonumber(args[3])
  local finished, finished_pairs = visit(self, 'finished', limit, prune_shelf('finished'))
  local dead, dead_pairs = visit(self, 'dead', limit - finished, prune_shelf('dead'))
  step.close(self)
  local soonest, other = reckon(self, 'finished', finished_pairs), reckon(self, 'dead', dead_pairs)
  if soonest < 0 or (other >= 0 and other < soonest) then soonest = other end
  return swept(self, finished + dead, soonest)
end
