-- Goes through a batch that names leases: `names` has groups of (tenant, count) with the ids, `bytes` has the items in the same order.
-- `act` gets the packed record and answers a code.
local function each_lease(self, names, bytes, act)
  local from, at, codes = 1, 1, {}
  while from <= #names do
    local name, count, ids = nil, nil, {}
    name, count, from = unpack_bytes('>Bc0I2', names, from)
    for n = 1, count do ids[n], from = unpack_bytes('>Bc0', names, from) end
    local owner = tenant.of(self, name)
    local stored, saved = tenant.fetch(owner, ids), owner.saved
    for n = 1, count do
      local id, token, ms, marks, text = ids[n], nil, nil, nil, nil
      token, ms, marks, text, at = unpack_bytes('>c12I6BI4c0', bytes, at)
      codes[#codes + 1] = act(owner, id, saved[id] or stored[n], token, ms, marks, text)
    end
  end
  return bytes_of(codes)
end

local function is_held(job, token) return job and job.state == LEASED and job.token == token end

local OK, OK_ALREADY, CANCEL, LEASE_LOST = 0, 1, 1, 2

local function extend(owner, id, packed, token, lease_ms)
  local job, now = record.read(packed), owner.step.now
  if not is_held(job, token) or now >= job.at then return LEASE_LOST end
  record.flag(job, DELIVERED, true)
  place.prolonged(pair.of(owner, job.queue), id, job, lease_ms > 0 and now + lease_ms or NEVER_MS)
  return record.has(job, CANCEL_REQUESTED) and CANCEL or OK
end

local ACK, ACK_WITH_RESULT, BURY, BURY_CORRUPT = 0, 1, 2, 3
-- Bits of a release.
local SPEND, LOST, TO_HEAD = 8, 16, 32

local function release(self, id, job, delay_ms, marks, reason)
  local has_failed = band(marks, SPEND + LOST) ~= 0
  if band(marks, SPEND) ~= 0 then place.spend(job) end
  if band(marks, LOST) ~= 0 then job.lost = math.min(job.lost + 1, 255) end
  if has_failed then tally.add(self, 'failed', job) end
  job.reason = reason
  if record.has(job, CANCEL_REQUESTED) then return place.cancelled(self, id, job) end
  if place.is_over(self, job) then return place.dead(self, id, job, reason) end
  if has_failed then tally.add(self, 'retried', job) end
  if delay_ms > 0 then
    place.scheduled(self, id, job, self.step.now + delay_ms)
  else
    place.ready(self, id, job, band(marks, TO_HEAD) ~= 0)
  end
end

-- The usual case: done, and the payload is with the record.
local function complete(owner, id, packed, token, marks, text)
  local queue, completed, spec = record.complete(packed, owner.step.completed, token, marks == ACK_WITH_RESULT and text or nil)
  if not queue then return false end
  tenant.save(owner, id, completed)
  local self = owner.pairs[queue] or pair.of(owner, queue)
  local leased, finished = pair.gather(self, 'ZREM', 'leased'), pair.gather(self, 'RPUSH', 'finished')
  leased[#leased + 1], finished[#finished + 1] = id, id
  local succeeded = self.counted.succeeded or tally.of(self, 'succeeded')
  succeeded[spec] = (succeeded[spec] or tally.first(succeeded, spec)) + 1
  if marks == ACK_WITH_RESULT then pair.count(self, 'finishedBytes', #text) end
  return true
end

local function settle(owner, id, packed, token, delay_ms, marks, text)
  if marks <= ACK_WITH_RESULT and packed and complete(owner, id, packed, token, marks, text) then return OK end
  local job = record.read(packed)
  if not is_held(job, token) then
    return job and job.last == token and token ~= NO_TOKEN and OK_ALREADY or LEASE_LOST
  end
  local self = pair.of(owner, job.queue)
  place.take(self, id, job)
  job.last, job.outcome = token, marks
  if marks <= ACK_WITH_RESULT then tally.add(self, 'succeeded', job) end
  if marks == BURY or marks == BURY_CORRUPT then tally.add(self, 'failed', job) end
  if marks == ACK then
    place.finished(self, id, job, COMPLETED)
  elseif marks == ACK_WITH_RESULT then
    place.finished(self, id, job, COMPLETED, text)
  elseif marks == BURY then
    place.dead(self, id, job, text)
  elseif marks == BURY_CORRUPT then
    place.quarantined(self, id, job, text)
  else
    release(self, id, job, delay_ms, marks, text)
  end
  return OK
end

-- args[3] and args[4]: the batch, see src/lease.ts. Answers a byte for each item.
function verbs.extend(keys, args)
  local self = step.open(keys, args)
  local codes = each_lease(self, args[3], args[4], extend)
  step.close(self)
  return codes
end

function verbs.settle(keys, args)
  local self = step.open(keys, args)
  self.completed = record.completed_heads(self.now)
  local codes = each_lease(self, args[3], args[4], settle)
  step.close(self)
  return codes
end

-- One after the other; args[5] is the request of the reserve.
function verbs.settleReserve(keys, args)
  local codes = verbs.settle(keys, args)
  return { codes, unpack(verbs.reserve(keys, { args[1], args[2], args[5] })) }
end
