-- Ids that one reserve looks at in vain (cancelled, expired) before it leaves the rest to the next.
local PASSED_OVER = 1000

local function fits(hand, bytes) return hand.taken == 0 or hand.bytes + bytes <= hand.max_bytes end

-- Lua hashes what it makes, so the parts of a reply are put together once.
local function take_in(hand, id, packed, bytes)
  local parts, last, taken = hand.parts, #hand.parts, hand.taken + 1
  parts[last + 1], parts[last + 2], parts[last + 3], parts[last + 4] = char(#id), id, pack('>I4', #packed), packed
  hand.taken, hand.bytes = taken, hand.bytes + bytes
  hand.full = taken == hand.max
end

-- A payload that is kept apart goes out as it comes from its hash.
local function take_apart(hand, payload)
  local parts, pieces, last = hand.parts, hand.pieces, #hand.pieces
  parts[#parts + 1] = pack('>I4', #payload)
  pieces[last + 1], pieces[last + 2] = table.concat(parts), payload
  hand.parts = {}
end

local function grant(hand, self, id, job)
  place.take(self, id, job)
  record.flag(job, STARTED, true)
  record.flag(job, DELIVERED, false)
  job.attempt = job.attempt + 1
  job.owner = hand.owner
  job.token = step.fence(self.step) .. hand.nonce
  tally.add(self, 'started', job)
  local packed = place.leased(self, id, job, hand.ends)
  take_in(hand, id, record.for_worker(job, packed), record.payload_bytes(job))
  if record.has(job, APART) then take_apart(hand, call('HGET', self.tenant.payloads, id) or '') end
  if job.lost > 0 then hand.full = true end
end

-- Whether the job goes to hand; nil when it must stay at the head and those behind it too.
local function try(hand, self, id, job)
  if place.is_overdue(self, job) then
    place.take(self, id, job)
    local other = place.expired(self, id, job)
    -- Perhaps this reserve still comes to it there.
    if other then pair.push_ready(other) end
    return false
  end
  if hand.taken > 0 and job.lost > 0 then return nil end
  if not fits(hand, record.payload_bytes(job)) then
    hand.full = true
    return nil
  end
  grant(hand, self, id, job)
  return true
end

local function try_packed(hand, self, id, packed, list)
  local bytes, spec
  if packed then bytes, spec = record.plain_bytes(packed, list.plain) end
  if not bytes then
    local job = tenant.read(self.tenant, id, packed)
    list.spoilt = list.spoilt or (packed and not job)
    -- Else the id stands here for a job that was cancelled.
    local belongs = job ~= nil and job.state == READY and job.queue == self.queue and job.priority == list.priority
    return belongs and try(hand, self, id, job)
  end
  if not fits(hand, bytes) then
    hand.full = true
    return nil
  end
  -- The usual case: a job that never ran.
  local leased = hand.head .. step.fence(self.step) .. hand.run .. packed
  tenant.save(self.tenant, id, leased)
  list.begun[#list.begun + 1] = id
  list.bytes = list.bytes + bytes
  local started = list.started
  started[spec] = (started[spec] or tally.first(started, spec)) + 1
  take_in(hand, id, leased, bytes)
  return true
end

local function put_back(key, ids, from)
  local back = {}
  for at = #ids, from, -1 do back[#back + 1] = ids[at] end
  call_with('LPUSH', key, back)
end

-- Works off some ids from the head of a list. Answers how many went to hand, and whether this want is over.
local function work_off(hand, self, ids, list)
  local records, saved, taken = tenant.fetch(self.tenant, ids), self.tenant.saved, 0
  for at = 1, #ids do
    local id = ids[at]
    local verdict = try_packed(hand, self, id, saved[id] or records[at], list)
    if verdict then taken = taken + 1 elseif verdict == false then hand.passed = hand.passed + 1 end
    if verdict == nil or hand.full then
      put_back(list.key, ids, verdict == nil and at or at + 1)
      return taken, true
    end
  end
  return taken, hand.passed >= PASSED_OVER
end

-- Answers also whether the list has ended.
local function draw(hand, self, priority, most)
  local index = READY_LIST[priority]
  local list = {
    priority = priority, key = self.base .. ':' .. index, plain = record.plain_front(priority, self.queue), begun = {}, bytes = 0,
    started = tally.of(self, 'started'),
  }
  local ids = call('LPOP', list.key, math.min(most, POPPED))
  if not ids then return 0, false, true end
  local taken, over = work_off(hand, self, ids, list)
  place.all_leased(self, list.begun, index, hand.ends, list.bytes)
  if list.spoilt then pair.at_most(self, priority, call('LLEN', list.key)) end
  return taken, over, false
end

local function fill(hand, self, most)
  if settings.of(self).paused then return 0 end
  local in_all, ready = 0, pair.ready(self)
  for priority = 0, 9 do
    while ready[priority] > 0 and in_all < most do
      local taken, over, empty = draw(hand, self, priority, math.min(most - in_all, hand.max - hand.taken))
      in_all = in_all + taken
      -- A list that ended before its count did: the list is right.
      if empty then pair.count(self, READY_LIST[priority], -ready[priority]) end
      if over then return in_all end
      ready = pair.ready(self)
    end
  end
  return in_all
end

-- args[3]: the request, see src/reserve.ts. Answers how many are left of each want, how many bytes of payload and how many jobs were
-- granted; then these as they travel (packed-jobs.ts of the protocol), in pieces.
function verbs.reserve(keys, args)
  local self = step.open(keys, args)
  local bytes = args[3]
  local max, max_bytes, lease_ms, owner, nonce, wants, at = unpack_bytes('>I2I6I6I2c0c4I2', bytes, 1)
  local ends = self.now + lease_ms
  local hand = {
    max = max, max_bytes = max_bytes, owner = owner, nonce = nonce, ends = ends,
    taken = 0, bytes = 0, passed = 0, full = max == 0, parts = { '' }, pieces = {},
  }
  hand.head, hand.run = record.first_run(ends, owner, nonce)
  local wanted, granted = {}, {}
  for n = 1, wants do
    local name, queue, most
    name, queue, most, at = unpack_bytes('>Bc0Bc0I2', bytes, at)
    wanted[n] = pair.of(tenant.of(self, name), queue)
    granted[n] = (hand.full or hand.passed >= PASSED_OVER) and 0 or fill(hand, wanted[n], most)
  end
  local left, grants = {}, {}
  for n = 1, wants do
    local one = wanted[n]
    local rules, _, ready = settings.of(one), pair.ready(one)
    left[n] = pack('>I4', rules.paused and 0 or ready)
    if granted[n] > 0 then
      local name = one.tenant.name
      grants[#grants + 1] = pack('>Bc0I2I2I4', #name, name, granted[n], rules.attempts, rules.lease_ms)
    end
  end
  step.close(self)
  local front = table.concat(left) .. pack('>I4I2', hand.bytes, hand.taken)
  if hand.taken == 0 then return { front } end
  local pieces, whose = hand.pieces, pack('>I2', #grants) .. table.concat(grants)
  if #pieces > 0 then
    pieces[#pieces + 1] = table.concat(hand.parts)
    return { front, whose, unpack(pieces) }
  end
  hand.parts[1] = whose
  return { front, table.concat(hand.parts) }
end
