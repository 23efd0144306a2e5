-- Holds an enqueue to the limits of a pair, job by job. Jobs that came with the same call count, and may have to go again.

local admission = {}

local PAYLOAD_TOO_LARGE, QUEUE_FULL = 32, 33
-- As LIMITS of the protocol: jobs dropped in one call, which also passes over so many ids that stand for none.
local DISCARDED = 1000

-- What a pair is held to; nil where it has no limits. How much waits is known before the first job joins.
function admission.of(one)
  local rules = settings.of(one)
  if rules.max_items == 0 and rules.max_bytes == 0 and rules.max_item_bytes == 0 then return nil end
  if not one.admission then
    local found = call('HMGET', one.tenant.counts, one.queue .. ':scheduled', one.queue .. ':bytes')
    local _, ready = pair.ready(one)
    one.admission = { pair = one, rules = rules, items = ready + (found[1] or 0), bytes = found[2] or 0, lines = {} }
  end
  return one.admission
end

local function belongs(self, job, priority)
  return job and job.state == READY and job.queue == self.pair.queue and job.priority == priority
end

-- The first job of the list as it was before the call. What stands before it goes with it.
local function first_stored(self, line, priority)
  local one = self.pair
  local owner, key = one.tenant, one.base .. ':' .. READY_LIST[priority]
  while line.passed < DISCARDED do
    if line.at > #line.ids then
      line.begun = line.begun + #line.ids
      line.ids, line.at = call('LRANGE', key, line.begun, line.begun + POPPED - 1), 1
      line.records = tenant.fetch(owner, line.ids)
      if #line.ids == 0 then return nil end
    end
    local id = line.ids[line.at]
    local job = tenant.read(owner, id, owner.saved[id] or line.records[line.at])
    if belongs(self, job, priority) then return id, job end
    line.at, line.passed = line.at + 1, line.passed + 1
  end
end

local function drop_stored(self, priority)
  local line = self.lines[priority]
  if not line then
    line = { ids = {}, records = {}, begun = 0, at = 1, passed = 0 }
    self.lines[priority] = line
  end
  local id, job = first_stored(self, line, priority)
  if not id then return nil end
  line.at = line.at + 1
  self.pair.LPOP[READY_LIST[priority]] = line.begun + line.at - 1
  place.take(self.pair, id, job)
  return id, job
end

-- Takes an id out of what was gathered in twos.
local function ungather(values, first, id)
  for at = first, #values, 2 do
    if values[at] == id then
      table.remove(values, at - first + 2)
      table.remove(values, at - first + 1)
      return
    end
  end
end

local function drop_new(self, priority)
  local one, index = self.pair, READY_LIST[priority]
  local ids = one.RPUSH[index] or {}
  while ids[1] do
    local id = table.remove(ids, 1)
    local job = record.read(one.tenant.saved[id])
    -- It was never counted as ready, and neither it is as taken.
    pair.count(one, index, 1)
    if belongs(self, job, priority) then
      place.take(one, id, job)
      ungather(one.tenant.apart, 1, id)
      ungather(one.ZADD.expiring or {}, 2, id)
      return id, job
    end
  end
end

-- Whether there was a job that could be dropped: the first of the last list that has any.
local function drop(self)
  local one = self.pair
  if one.step.discarded >= DISCARDED then return false end
  for priority = 9, 0, -1 do
    local id, job = drop_stored(self, priority)
    if not id then id, job = drop_new(self, priority) end
    if id then
      one.step.discarded = one.step.discarded + 1
      self.items, self.bytes = self.items - 1, self.bytes - record.payload_bytes(job)
      place.discarded(one, id, job)
      return true
    end
  end
  return false
end

local function is_full(self, bytes)
  local rules = self.rules
  return (rules.max_items > 0 and self.items >= rules.max_items) or (rules.max_bytes > 0 and self.bytes + bytes > rules.max_bytes)
end

-- Why a payload of so many bytes may not join; makes room for it where the queue says so.
function admission.refusal(self, bytes)
  local rules = self.rules
  if rules.max_item_bytes > 0 and bytes > rules.max_item_bytes then return PAYLOAD_TOO_LARGE end
  if rules.max_bytes > 0 and bytes > rules.max_bytes then return QUEUE_FULL end
  while is_full(self, bytes) do
    if rules.when_full ~= DROP_OLDEST or not drop(self) then return QUEUE_FULL end
  end
  self.items, self.bytes = self.items + 1, self.bytes + bytes
  return nil
end
