-- From indexes to the records they lead to, and what is counted of both. Counts of bytes are compared with the sum over all that stands
-- in the indexes they are of: exactly, when all fits into one step; else over several, if nothing of the pair moved meanwhile.

local GROUPS = {
  { 'scheduled', bytes = 'bytes' }, { 'leased' }, { 'dead', bytes = 'deadBytes' }, { 'finished', bytes = 'finishedBytes' }, { 'expiring' },
}
for priority = 0, 9 do table.insert(GROUPS[1], READY_LIST[priority]) end

-- Entries that one step goes through; and when those of a group are no more, all of them, as far as their bytes allow.
local SOME, WHOLE, WHOLE_BYTES = 1000, 2000, 1048576
-- Records read at a time.
local WALKED_AT_ONCE = 50

-- Differs when a job of the pair has moved in between: every move changes one of its counts, or one of the totals of the shard. What the
-- totals do not count only leads from leased to scheduled, to ready and away, so it cannot undo itself.
local function seal_of(one)
  local parts, found = call('HGETALL', one.step.base .. ':totals'), scrub.counts_of(one.tenant, one.queue)
  for n = 1, #COUNTS do parts[#parts + 1] = found[n] or '' end
  return table.concat(parts, ' ')
end

local function belongs(one, index, job)
  if not job then return false end
  if index == 'expiring' then return may_expire(job) and job.queue == one.queue and not record.has(job, QUARANTINED) end
  return place.stands_in(one, index, job)
end

-- Takes out what stands in an index for no job of it. Ids in a list of ready jobs are no damage: that is how what was cancelled leaves a long
-- one. Answers how many went.
local function take_out(self, one, index, strays)
  local key, before = one.base .. ':' .. index, scrub.size_of(one, index)
  local is_ready = sub(index, 1, 5) == 'ready'
  if #strays == 0 or (is_ready and before > SEARCHED) then return 0 end
  if is_list(index) then
    for n = 1, #strays do call('LSET', key, strays[n].place, GONE) end
    call('LREM', key, 0, GONE)
  else
    for n = 1, #strays do strays[n] = strays[n].id end
    call_with('ZREM', key, strays)
  end
  -- One that was counted goes with its count.
  if not UNCOUNTED[index] and scrub.count_of(one, index) == before then scrub.set_count(one, index, before - #strays) end
  if not is_ready then scrub.mended(self, 'stray', #strays) end
  return #strays
end

-- Looks at some of an index from where the walk came to. Answers whether the index ends there.
local function look_at_some(self, walk, index)
  local one = walk.pair
  local key, strays, read = one.base .. ':' .. index, {}, 0
  local ids = call(is_list(index) and 'LRANGE' or 'ZRANGE', key, walk.from, walk.from + WALKED_AT_ONCE - 1)
  local records = tenant.fetch(one.tenant, ids)
  for n = 1, #ids do
    local id, job = ids[n], record.read(records[n])
    if belongs(one, index, job) and not walk.seen[id] then
      walk.seen[id] = true
      walk.standing, walk.bytes = walk.standing + 1, walk.bytes + record.payload_bytes(job)
    elseif id ~= LONG_MEMBER then
      strays[#strays + 1] = { id = id, place = walk.from + n - 1 }
    end
    read = read + (records[n] and #records[n] or 0)
  end
  walk.from = walk.from + #ids - take_out(self, one, index, strays)
  walk.room, walk.room_bytes = walk.room - #ids, walk.room_bytes - read
  scrub.look(self, #ids, read)
  return #ids < WALKED_AT_ONCE
end

-- How many a count should say. In a list of ready jobs may stand others, so it tells only how many there are at most.
local function right_count(walk, index, count, size)
  if sub(index, 1, 5) ~= 'ready' then return size end
  if walk.is_exact then return walk.standing end
  return (count > size or count <= 0) and size or count
end

local function compare(self, one, index, count, right)
  if count == right then return end
  scrub.set_count(one, index, right)
  scrub.mended(self, 'counts')
end

local function end_index(self, walk, index)
  local one = walk.pair
  local count, size = scrub.count_of(one, index), scrub.size_of(one, index)
  local right = right_count(walk, index, count, size)
  if not UNCOUNTED[index] then compare(self, one, index, count, right) end
  -- What is left has no job.
  if right == 0 then call('UNLINK', one.base .. ':' .. index) end
  walk.slot, walk.from, walk.standing, walk.seen = walk.slot + 1, 0, 0, {}
end

local function end_group(self, walk, bytes)
  local one = walk.pair
  if bytes and walk.is_exact then compare(self, one, bytes, scrub.count_of(one, bytes), walk.bytes) end
  if walk.group < #GROUPS then
    scrub.push(self, 'indexes', one.tenant.name, one.queue, walk.group + 1, 1, 0, 0, 0, '')
  else
    scrub.push(self, 'marks', one.tenant.name, one.queue)
  end
end

local function size_of_group(one, group)
  local size = 0
  for n = 1, #group do size = size + scrub.size_of(one, group[n]) end
  return size
end

-- Goes on with a group of indexes of a pair: with which of them, from where on, how many were there rightly, with how many bytes in the
-- group so far, and what the pair was sealed with then.
function scrub.tasks.indexes(self, name, queue, number, slot, from, standing, bytes, seal)
  local one, group = pair.of(tenant.of(self.step, name), queue), GROUPS[tonumber(number)]
  local walk = {
    pair = one, group = tonumber(number), slot = tonumber(slot), from = tonumber(from), standing = tonumber(standing), bytes = tonumber(bytes),
    is_exact = seal == '' or seal == seal_of(one), seen = {}, room = SOME, room_bytes = WHOLE_BYTES,
  }
  if seal == '' and size_of_group(one, group) <= WHOLE then walk.room = math.huge end
  scrub.look(self, #group)
  while walk.slot <= #group and walk.room > 0 and walk.room_bytes > 0 do
    if look_at_some(self, walk, group[walk.slot]) then end_index(self, walk, group[walk.slot]) end
  end
  if walk.slot > #group then return end_group(self, walk, group.bytes) end
  scrub.push(self, 'indexes', name, queue, number, walk.slot, walk.from, walk.standing, walk.bytes, walk.is_exact and seal_of(one) or 'moved')
end
