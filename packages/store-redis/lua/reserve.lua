-- Ids that one reserve looks at in vain (cancelled, expired) before it leaves the rest to the next.
local PASSED_OVER = 1000

local function grant(held, self, id, job)
  place.take(self, id, job)
  record.flag(job, STARTED, true)
  record.flag(job, DELIVERED, false)
  job.attempt = job.attempt + 1
  job.owner = held.owner
  job.token = step.fence(self.step) .. held.nonce
  tally.add(self, 'started', job)
  local packed = place.leased(self, id, job, held.ends)
  hand.take(held, id, record.for_worker(job, packed), record.payload_bytes(job))
  if record.has(job, APART) then hand.take_apart(held, call('HGET', self.tenant.payloads, id) or '') end
  if job.lost > 0 then held.full = true end
end

-- Whether the job goes to held; nil when it must stay at the head and those behind it too.
local function try(held, self, id, job)
  if place.is_overdue(self, job) then
    place.take(self, id, job)
    local other = place.expired(self, id, job)
    -- Perhaps this reserve still comes to it there.
    if other then pair.push_ready(other) end
    return false
  end
  if held.taken > 0 and job.lost > 0 then return nil end
  if not hand.fits(held, record.payload_bytes(job)) then
    held.full = true
    return nil
  end
  grant(held, self, id, job)
  return true
end

local function try_packed(held, self, id, packed, list)
  local bytes, spec
  if packed then bytes, spec = record.plain_bytes(packed, list.plain) end
  if not bytes then
    local job = tenant.read(self.tenant, id, packed)
    list.spoilt = list.spoilt or (packed and not job)
    -- Else the id stands here for a job that was cancelled.
    local belongs = job ~= nil and job.state == READY and job.queue == self.queue and job.priority == list.priority
    return belongs and try(held, self, id, job)
  end
  if not hand.fits(held, bytes) then
    held.full = true
    return nil
  end
  -- The usual case: a job that never ran.
  local leased = held.head .. step.fence(self.step) .. held.run .. packed
  tenant.save(self.tenant, id, leased)
  list.begun[#list.begun + 1] = id
  list.bytes = list.bytes + bytes
  local started = list.started
  started[spec] = (started[spec] or tally.first(started, spec)) + 1
  hand.take(held, id, leased, bytes)
  return true
end

local function put_back(key, ids, from)
  local back = {}
  for at = #ids, from, -1 do back[#back + 1] = ids[at] end
  call_with('LPUSH', key, back)
end

-- Works off some ids from the head of a list. Answers how many went to held, and whether this want is over.
local function work_off(held, self, ids, list)
  local records, saved, taken = tenant.fetch(self.tenant, ids), self.tenant.saved, 0
  for at = 1, #ids do
    local id = ids[at]
    local verdict = try_packed(held, self, id, saved[id] or records[at], list)
    if verdict then taken = taken + 1 elseif verdict == false then held.passed = held.passed + 1 end
    if verdict == nil or held.full then
      put_back(list.key, ids, verdict == nil and at or at + 1)
      return taken, true
    end
  end
  return taken, held.passed >= PASSED_OVER
end

-- Answers also whether the list has ended.
local function draw(held, self, priority, most)
  local index = READY_LIST[priority]
  local list = {
    priority = priority, key = self.base .. ':' .. index, plain = record.plain_front(priority, self.queue), begun = {}, bytes = 0,
    started = tally.of(self, 'started'),
  }
  local ids = call('LPOP', list.key, math.min(most, POPPED))
  if not ids then return 0, false, true end
  local taken, over = work_off(held, self, ids, list)
  place.all_leased(self, list.begun, index, held.ends, list.bytes)
  if list.spoilt then pair.at_most(self, priority, call('LLEN', list.key)) end
  return taken, over, false
end

local function fill(held, self, most)
  if settings.of(self).paused then return 0 end
  local in_all, ready = 0, pair.ready(self)
  for priority = 0, 9 do
    while ready[priority] > 0 and in_all < most do
      local taken, over, empty = draw(held, self, priority, math.min(most - in_all, held.max - held.taken))
      in_all = in_all + taken
      -- A list that ended before its count did: the list is right.
      if empty then pair.count(self, READY_LIST[priority], -ready[priority]) end
      if over then return in_all end
      ready = pair.ready(self)
    end
  end
  return in_all
end

-- args[3]: the request, see src/reserve.ts. Answers what `hand.reply` says.
function verbs.reserve(keys, args)
  local self = step.open(keys, args)
  local held = hand.open(self, args[3])
  for n = 1, #held.wants do
    local want = held.wants[n]
    if not held.full and held.passed < PASSED_OVER then want.granted = fill(held, want.pair, want.most) end
  end
  step.close(self)
  return hand.reply(held)
end
