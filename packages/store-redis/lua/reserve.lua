-- Ids taken from a list at a time.
local POPPED = 100
-- Ids that one reserve looks at in vain (cancelled, expired) before it leaves the rest to the next.
local PASSED_OVER = 1000

local function grant(hand, self, id, job)
  record.flag(job, STARTED, true)
  record.flag(job, DELIVERED, false)
  job.attempt = job.attempt + 1
  job.owner = hand.owner
  job.token = step.fence(self.step) .. hand.nonce
  local payload = record.has(job, APART) and call('HGET', self.tenant.payloads, id) or ''
  hand.bytes = hand.bytes + record.payload_bytes(job)
  place.take(self, id, job)
  local packed = place.leased(self, id, job, hand.ends)
  hand.taken = hand.taken + 1
  hand.full = hand.taken == hand.max or job.lost > 0
  local items = hand.items
  items[#items + 1] = pack('>Bc0I4', #id, id, #packed + #payload)
  items[#items + 1] = packed
  if payload ~= '' then items[#items + 1] = payload end
end

-- Whether the job goes to hand; nil when it must stay at the head and those behind it too.
local function try(hand, self, id, job)
  if place.is_overdue(self, job) then
    place.take(self, id, job)
    place.finished(self, id, job, EXPIRED)
    return false
  end
  if hand.taken > 0 and job.lost > 0 then return nil end
  if hand.taken > 0 and hand.bytes + record.payload_bytes(job) > hand.max_bytes then
    hand.full = true
    return nil
  end
  grant(hand, self, id, job)
  return true
end

local function put_back(key, ids, from)
  local back = {}
  for at = #ids, from, -1 do back[#back + 1] = ids[at] end
  call_with('LPUSH', key, back)
end

-- Works off some ids from the head of a list. Answers how many went to hand, and whether this want is over.
local function draw(hand, self, key, priority, most)
  local ids = call('LPOP', key, math.min(most, POPPED))
  if not ids then return 0, false, true end
  local records = tenant.fetch(self.tenant, ids)
  local taken = 0
  for at = 1, #ids do
    local id = ids[at]
    local job = record.read(self.tenant.saved[id] or records[at])
    -- Another id stands here for a job that was cancelled.
    if job and job.state == READY and job.queue == self.queue and record.priority(job) == priority then
      local verdict = try(hand, self, id, job)
      if verdict == nil then
        put_back(key, ids, at)
        return taken, true
      end
      if verdict then taken = taken + 1 else hand.passed = hand.passed + 1 end
      if hand.full then
        put_back(key, ids, at + 1)
        return taken, true
      end
    else
      hand.passed = hand.passed + 1
    end
  end
  return taken, hand.passed >= PASSED_OVER
end

local function fill(hand, self, most)
  local taken_of_all, ready = 0, pair.ready(self)
  for priority = 0, 9 do
    local index = READY_LIST[priority]
    while ready[priority] > 0 and most > 0 do
      local taken, over, empty = draw(hand, self, self.base .. ':' .. index, priority, math.min(most, hand.max - hand.taken))
      taken_of_all, most = taken_of_all + taken, most - taken
      -- A list that ended before its count did: the list is right.
      if empty then pair.count(self, index, -ready[priority]) end
      if over then return taken_of_all end
      ready = pair.ready(self)
    end
  end
  return taken_of_all
end

-- args[3]: the request, see src/reserve.ts. Answers for each want how many are left and how many follow, then those: id and record.
function verbs.reserve(keys, args)
  local self = step.open(keys, args)
  local bytes = args[3]
  local max, max_bytes, lease_ms, owner, nonce, wants, at = unpack_bytes('>I2I6I6I2c0c4I2', bytes, 1)
  local hand = {
    max = max, max_bytes = max_bytes, ends = self.now + lease_ms, owner = owner, nonce = nonce,
    taken = 0, bytes = 0, passed = 0, full = max == 0, items = {},
  }
  local wanted, granted = {}, {}
  for n = 1, wants do
    local name, queue, most
    name, queue, most, at = unpack_bytes('>Bc0Bc0I2', bytes, at)
    wanted[n] = pair.of(tenant.of(self, name), queue)
    granted[n] = (hand.full or hand.passed >= PASSED_OVER) and 0 or fill(hand, wanted[n], most)
  end
  local reply = {}
  for n = 1, wants do
    local _, left = pair.ready(wanted[n])
    reply[n] = pack('>I4I2', left, granted[n])
  end
  step.close(self)
  return table.concat(reply) .. table.concat(hand.items)
end
