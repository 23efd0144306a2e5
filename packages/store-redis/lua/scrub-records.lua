-- From records to what should lead to them. A sorted set is asked for each. A list cannot be asked: it is searched as far as a cancel
-- searches, for those that must stand there because they came before the last that do.

-- Records and payloads read at a time: a record may hold a result of 64 KiB, and a payload is larger.
local READ_AT_ONCE, PAYLOADS_AT_ONCE = 50, 4
-- Ids before the place up to which a list is searched that tell who came before.
local TOLD_BY = 100
-- Entries of a list that take as long as one record: where Redis searches it, and where we read it.
local SEARCHED_A_LOOK, LISTED_A_LOOK = 250, 25
-- Ids that are searched one by one; for more the list is read as a whole.
local FEW = 20

-- When a job came into the list it stands in.
local function since(job) return job.state == READY and job.at == 0 and job.created or job.at end

-- Who came before that must stand as far in front as a list is searched, unless it was lost. Told by those that came to the tail, which are
-- the finished and jobs that were never leased; by the middle one, for an id may have been used again. It is asked for once a page.
local function turn_of(self, group)
  if self.turns[group.key] then return self.turns[group.key] end
  local ids, came = call('LRANGE', group.key, SEARCHED - TOLD_BY, SEARCHED - 1), {}
  local records = tenant.fetch(group.pair.tenant, ids)
  for n = 1, #ids do
    local job = record.read(records[n])
    if job and place.stands_in(group.pair, group.index, job) and (job.state ~= READY or job.attempt == 0) then came[#came + 1] = since(job) end
  end
  table.sort(came)
  scrub.look(self, #ids)
  self.turns[group.key] = came[math.ceil(#came / 2)] or 0
  return self.turns[group.key]
end

local function search(self, group, length, id)
  local found = call('LPOS', group.key, id, 'MAXLEN', SEARCHED)
  scrub.look(self, floor((found or length) / SEARCHED_A_LOOK))
  return found
end

-- The ids of a list as far as it is searched, read once a page.
local function first_of(self, group, length)
  if self.lists[group.key] then return self.lists[group.key] end
  local ids, standing = call('LRANGE', group.key, 0, SEARCHED - 1), {}
  for n = 1, #ids do standing[ids[n]] = true end
  scrub.look(self, floor(length / LISTED_A_LOOK))
  self.lists[group.key] = standing
  return standing
end

-- Those of a group that its list is known to lack.
local function lacking(self, group)
  local length = call('LLEN', group.key)
  local turn, searched, lost = length > SEARCHED and turn_of(self, group) or math.huge, {}, {}
  for n = 1, #group.ids do
    if since(group.jobs[n]) < turn then searched[#searched + 1] = n end
  end
  length = math.min(length, SEARCHED)
  local standing = (#searched >= FEW or self.lists[group.key]) and first_of(self, group, length)
  for _, n in ipairs(searched) do
    local id = group.ids[n]
    local is_there = standing and standing[id] or not standing and search(self, group, length, id)
    if not is_there then lost[#lost + 1] = { id = id, since = since(group.jobs[n]) } end
  end
  return lost
end

-- What was lost goes to the head, of what is found together the oldest first: its turn may have gone by.
local function mend_list(self, group)
  local lost = lacking(self, group)
  if #lost == 0 then return end
  table.sort(lost, function(a, b) return a.since > b.since end)
  for n = 1, #lost do lost[n] = lost[n].id end
  call_with('LPUSH', group.key, lost)
  self.turns[group.key], self.lists[group.key] = nil, nil
  scrub.mended(self, 'lost', #lost)
end

-- When it stands at in a sorted set.
local function at_in(index, job) return index == 'expiring' and job.created + record.ttl_ms(job) or job.at end

local function mend_sorted(self, group)
  local scores = call('ZMSCORE', group.key, unpack(group.ids))
  for n = 1, #group.ids do
    local at, score = at_in(group.index, group.jobs[n]), tonumber(scores[n])
    if not score or floor(score) ~= at then
      local is_exact = group.index == 'leased' or group.index == 'expiring'
      call('ZADD', group.key, is_exact and at or step.score(self.step, at), group.ids[n])
      scrub.mended(self, 'lost')
    end
  end
end

-- Of an index that a job stands in a count says something: the queue is then gone through by its counts.
local function mend_count(self, group)
  if UNCOUNTED[group.index] or scrub.count_of(group.pair, group.index) > 0 then return end
  scrub.set_count(group.pair, group.index, scrub.size_of(group.pair, group.index))
  scrub.mended(self, 'counts')
end

-- What is no sound record stands in no other index.
local function mend_aside(self, owner, ids, jobs)
  if #ids == 0 then return end
  local scores = call('ZMSCORE', owner.base .. ':quarantine', unpack(ids))
  for n = 1, #ids do
    if not scores[n] then
      set_aside(owner, ids[n], jobs[n] and jobs[n].reason or UNREADABLE)
      scrub.mended(self, jobs[n] and 'lost' or 'quarantined')
    end
  end
end

local function join(groups, one, index, id, job)
  local key = one.base .. ':' .. index
  local group = groups[key]
  if not group then
    group = { pair = one, index = index, key = key, ids = {}, jobs = {} }
    groups[key], groups[#groups + 1] = group, group
  end
  group.ids[#group.ids + 1], group.jobs[#group.jobs + 1] = id, job
end

function scrub.tasks.records(self, name, from)
  local owner = tenant.of(self.step, name)
  local found = call('HSCAN', owner.jobs, from, 'COUNT', READ_AT_ONCE)
  if found[1] ~= '0' then scrub.push(self, 'records', name, found[1]) end
  local ids, records = order.apart(found[2])
  local groups, aside, aside_jobs, bytes = {}, {}, {}, 0
  for n = 1, #ids do
    local job = record.read(records[n])
    bytes = bytes + #records[n]
    if not job or record.has(job, QUARANTINED) then
      aside[#aside + 1], aside_jobs[#aside + 1] = ids[n], job or false
    else
      local one = pair.of(owner, job.queue)
      join(groups, one, job.state == READY and READY_LIST[job.priority] or KIND[job.state], ids[n], job)
      if may_expire(job) then join(groups, one, 'expiring', ids[n], job) end
    end
  end
  mend_aside(self, owner, aside, aside_jobs)
  for n = 1, #groups do
    local group = groups[n]
    if is_list(group.index) then mend_list(self, group) else mend_sorted(self, group) end
    mend_count(self, group)
  end
  self.looked = self.looked + #ids
  scrub.look(self, 1 + #ids + #groups, bytes)
end

-- Takes out what stands for no record that `is_right` agrees to.
local function each_without(self, owner, ids, is_right, take_out)
  local records, strays = tenant.fetch(owner, ids), {}
  for n = 1, #ids do
    local job = record.read(records[n])
    if not records[n] or (job and not is_right(job)) then strays[#strays + 1] = ids[n] end
  end
  if #strays == 0 then return end
  take_out(strays)
  scrub.mended(self, 'stray', #strays)
end

function scrub.tasks.payloads(self, name, from)
  local owner = tenant.of(self.step, name)
  local found = call('HSCAN', owner.payloads, from, 'COUNT', PAYLOADS_AT_ONCE)
  if found[1] ~= '0' then scrub.push(self, 'payloads', name, found[1]) end
  local ids, payloads = order.apart(found[2])
  local bytes = 0
  for n = 1, #payloads do bytes = bytes + #payloads[n] end
  each_without(self, owner, ids, function(job) return record.has(job, APART) end, function(strays)
    call_with('HDEL', owner.payloads, strays)
  end)
  scrub.look(self, 1 + #ids, bytes)
end

function scrub.tasks.aside(self, name, from)
  local owner = tenant.of(self.step, name)
  local key = owner.base .. ':quarantine'
  local found = call('ZSCAN', key, from, 'COUNT', READ_AT_ONCE)
  if found[1] ~= '0' then scrub.push(self, 'aside', name, found[1]) end
  local ids = order.apart(found[2])
  each_without(self, owner, ids, function(job) return record.has(job, QUARANTINED) end, function(strays)
    call_with('ZREM', key, strays)
    call_with('HDEL', owner.base .. ':quarantine-notes', strays)
  end)
  scrub.look(self, 1 + #ids)
end
