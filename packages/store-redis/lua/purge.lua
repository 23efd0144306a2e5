-- Records that one call looks at: of the finished only those of one state go, wherever they stand.
local PURGE_LOOKS = 5000
local PURGED_PAGE, QUARANTINE_CODE = 100, 255

-- What a call of purge keeps of how far it came.
local purge = {}

function purge.drop(self, one, id, job)
  if not tenant.forget(one.tenant, id, job) then return end
  self.removed, self.room = self.removed + 1, self.room - 1
end

-- Each answers whether there are more; and when it looked at enough, where to go on.
function purge.ready(self, one)
  for priority = 0, 9 do
    local index = READY_LIST[priority]
    local key, spoilt = one.base .. ':' .. index, false
    while self.room > 0 and self.looks > 0 and pair.ready(one)[priority] > 0 do
      local ids = call('LPOP', key, math.min(self.room, PURGED_PAGE))
      if not ids then
        pair.at_most(one, priority, 0)
        break
      end
      self.looks = self.looks - #ids
      local records = tenant.fetch(one.tenant, ids)
      for n = 1, #ids do
        local job = tenant.read(one.tenant, ids[n], records[n])
        if job and job.state == READY and place.stands_in(one, index, job) and not (one.tenant.purged or {})[ids[n]] then
          place.take(one, ids[n], job)
          purge.drop(self, one, ids[n], job)
        end
        spoilt = spoilt or (records[n] and not job)
      end
    end
    if spoilt then pair.at_most(one, priority, call('LLEN', key)) end
  end
  local _, total = pair.ready(one)
  return total > 0, total > 0 and self.room > 0 and 0 or nil
end

function purge.sorted(self, one, state)
  local kind = KIND[state]
  local key, from = one.base .. ':' .. kind, 0
  while self.room > 0 and self.looks > 0 do
    local ids = call('ZRANGE', key, from, from + math.min(self.room, PURGED_PAGE) - 1)
    if #ids == 0 then return false end
    self.looks, from = self.looks - #ids, from + #ids
    each_in(one, kind, state, ids, function(_, id, job)
      place.take(one, id, job)
      purge.drop(self, one, id, job)
    end)
  end
  local is_more = call('ZCARD', key) > from
  return is_more, is_more and self.room > 0 and 0 or nil
end

local function leave_shelf(one, place_in_list, job)
  call('LSET', one.base .. ':finished', place_in_list, GONE)
  pair.count(one, 'finished', -1)
  if job then pair.count(one, 'finishedBytes', -record.payload_bytes(job)) end
  one.gone = (one.gone or 0) + 1
end

function purge.finished(self, one, state, from)
  while self.looks > 0 do
    local ids = call('LRANGE', one.base .. ':finished', from, from + PURGED_PAGE - 1)
    if #ids == 0 then return false end
    self.looks = self.looks - #ids
    local records = tenant.fetch(one.tenant, ids)
    for n = 1, #ids do
      local job = tenant.read(one.tenant, ids[n], records[n])
      local is_meant = job and job.state == state and place.stands_in(one, 'finished', job)
      if is_meant and self.room == 0 then return true end
      if is_meant then purge.drop(self, one, ids[n], job) end
      if is_meant or (records[n] and not job) then leave_shelf(one, from + n - 1, job) end
    end
    from = from + #ids
  end
  -- What left stood before.
  return false, from - (one.gone or 0)
end

function purge.quarantined(self, owner)
  local key = owner.base .. ':quarantine'
  local ids = call('ZRANGE', key, 0, self.room)
  local is_more = #ids > self.room
  ids[self.room + 1] = nil
  if #ids > 0 then
    call('HDEL', owner.jobs, unpack(ids))
    call('HDEL', owner.payloads, unpack(ids))
    call('HDEL', owner.base .. ':quarantine-notes', unpack(ids))
    call('ZREM', key, unpack(ids))
  end
  self.removed, self.room = self.removed + #ids, self.room - #ids
  return is_more
end

local function purge_state(self, owner, queue, state, from)
  if state == QUARANTINE_CODE then return purge.quarantined(self, owner) end
  local one = pair.of(owner, queue)
  if state == READY then return purge.ready(self, one) end
  if KIND[state] == 'finished' then return purge.finished(self, one, state, from) end
  return purge.sorted(self, one, state)
end

-- args[3]: tenant, args[4]: queue, args[5]: states, args[6]: at most so many, args[7]: where to go on in the shelf of the first state.
-- Answers how many were forgotten, and whether there are more; when it looked at enough before it knew, also which state to go on with
-- and where, else -1.
function verbs.purge(keys, args)
  local self = step.open(keys, args)
  local owner, states = tenant.of(self, args[3]), args[5]
  local call_of = { room = tonumber(args[6]), looks = PURGE_LOOKS, removed = 0 }
  local is_more, from, next_state = false, tonumber(args[7]), -1
  for n = 1, #states do
    is_more, from = purge_state(call_of, owner, args[4], byte(states, n), from)
    if from then next_state = n - 1 end
    if is_more or from then break end
    from = 0
  end
  local one = owner.pairs[args[4]]
  if one and one.gone then call('LREM', one.base .. ':finished', 0, GONE) end
  step.close(self)
  return { call_of.removed, is_more and 1 or 0, next_state, from or 0 }
end
