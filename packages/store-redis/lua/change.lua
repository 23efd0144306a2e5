local NOT_FOUND, WRONG_STATE = 128, 64

-- Goes through ids of a tenant, args[3] and args[4]. Answers a byte for each: the state after, with what stood against it. What cannot be
-- read counts as dead.
local function each_job(keys, args, act)
  local self = step.open(keys, args)
  local owner, ids, codes = tenant.of(self, args[3]), {}, {}
  local bytes, at = args[4], 1
  while at <= #bytes do ids[#ids + 1], at = unpack_bytes('>Bc0', bytes, at) end
  local stored = tenant.fetch(owner, ids)
  for n = 1, #ids do
    local packed = owner.saved[ids[n]] or stored[n]
    local job = record.read(packed)
    if not job or (owner.purged or {})[ids[n]] then
      codes[n] = packed and not job and WRONG_STATE + DEAD or NOT_FOUND
    elseif act(pair.of(owner, job.queue), ids[n], job) then
      codes[n] = job.state
    else
      codes[n] = WRONG_STATE + job.state
    end
  end
  step.close(self)
  return bytes_of(codes)
end

local function cancel(self, id, job)
  if job.state == LEASED then
    record.flag(job, CANCEL_REQUESTED, true)
    tenant.save(self.tenant, id, record.write(job))
    return true
  end
  if job.state ~= READY and job.state ~= SCHEDULED then return false end
  place.withdraw(self, id, job)
  place.cancelled(self, id, job)
  return true
end

local function revive(self, id, job)
  if job.state ~= DEAD or record.has(job, QUARANTINED) then return false end
  place.take(self, id, job)
  job.spent, job.lost, job.undelivered = 0, 0, 0
  record.flag(job, CANCEL_REQUESTED, false)
  record.outlive(job)
  place.ready(self, id, job)
  return true
end

local function forget(self, id, job)
  if job.state ~= DEAD or record.has(job, QUARANTINED) then return false end
  place.take(self, id, job)
  tenant.forget(self.tenant, id, job)
  return true
end

function verbs.cancel(keys, args) return each_job(keys, args, cancel) end

function verbs.revive(keys, args) return each_job(keys, args, revive) end

function verbs.forget(keys, args) return each_job(keys, args, forget) end
