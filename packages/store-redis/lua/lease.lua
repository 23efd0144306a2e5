-- Goes through a batch that names leases: groups of (tenant, count) with their items. `act` answers a code.
local function each_lease(self, bytes, act)
  local at, codes = 1, {}
  while at <= #bytes do
    local name, count
    name, count, at = unpack_bytes('>Bc0I2', bytes, at)
    local owner, ids, tokens, numbers, texts, marks = tenant.of(self, name), {}, {}, {}, {}, {}
    for n = 1, count do
      ids[n], tokens[n], numbers[n], marks[n], texts[n], at = unpack_bytes('>Bc0c12I6BI4c0', bytes, at)
    end
    local stored = tenant.fetch(owner, ids)
    for n = 1, count do
      local job = record.read(owner.saved[ids[n]] or stored[n])
      codes[#codes + 1] = string.char(act(owner, ids[n], job, tokens[n], numbers[n], marks[n], texts[n]))
    end
  end
  return table.concat(codes)
end

local function is_held(job, token) return job and job.state == LEASED and job.token == token end

local OK, OK_ALREADY, CANCEL, LEASE_LOST = 0, 1, 1, 2

local function extend(owner, id, job, token, lease_ms)
  local now = owner.step.now
  if not is_held(job, token) or now >= job.at then return LEASE_LOST end
  record.flag(job, DELIVERED, true)
  place.prolonged(pair.of(owner, job.queue), id, job, now + lease_ms)
  return record.has(job, CANCEL_REQUESTED) and CANCEL or OK
end

local ACK, ACK_WITH_RESULT, BURY = 0, 1, 2
-- Bits of a release.
local SPEND, LOST, TO_HEAD = 8, 16, 32

local function release(self, id, job, delay_ms, marks, reason)
  if band(marks, SPEND) ~= 0 then place.spend(job) end
  if band(marks, LOST) ~= 0 then job.lost = math.min(job.lost + 1, 255) end
  job.reason = reason
  if record.has(job, CANCEL_REQUESTED) then
    place.finished(self, id, job, CANCELLED)
  elseif place.is_over(job) then
    place.dead(self, id, job, reason)
  elseif delay_ms > 0 then
    place.scheduled(self, id, job, self.step.now + delay_ms)
  else
    place.ready(self, id, job, band(marks, TO_HEAD) ~= 0)
  end
end

local function settle(owner, id, job, token, delay_ms, marks, text)
  if not is_held(job, token) then
    return job and job.last == token and token ~= NO_TOKEN and OK_ALREADY or LEASE_LOST
  end
  local self = pair.of(owner, job.queue)
  place.take(self, id, job)
  job.last, job.outcome = token, marks
  if marks == ACK then
    place.finished(self, id, job, COMPLETED)
  elseif marks == ACK_WITH_RESULT then
    place.finished(self, id, job, COMPLETED, text)
  elseif marks == BURY then
    place.dead(self, id, job, text)
  else
    release(self, id, job, delay_ms, marks, text)
  end
  return OK
end

-- args[3]: the batch, see src/lease.ts. Answers a byte for each item.
function verbs.extend(keys, args)
  local self = step.open(keys, args)
  local codes = each_lease(self, args[3], extend)
  step.close(self)
  return codes
end

function verbs.settle(keys, args)
  local self = step.open(keys, args)
  local codes = each_lease(self, args[3], settle)
  step.close(self)
  return codes
end
