-- A lease is taken back: its worker never gave a sign of life, or fell silent. Answers why the job must die, if it must.
local function count_loss(job, reason)
  if record.has(job, DELIVERED) then
    place.spend(job)
    job.lost = job.lost + 1
    return place.is_over(job) and reason
  end
  job.undelivered = job.undelivered + 1
  return job.undelivered >= UNDELIVERED and 'UNDELIVERED'
end

local function take_back(self, id, job, reason)
  place.take(self, id, job)
  local fatal = count_loss(job, reason)
  if record.has(job, CANCEL_REQUESTED) then
    place.finished(self, id, job, CANCELLED)
  elseif fatal then
    place.dead(self, id, job, fatal)
  else
    place.ready(self, id, job, true)
  end
end

-- Leases a sweep looks through at a time for those of gone owners.
local LEASES = 500

local function reap_owners(self, gone, limit)
  local moved = 0
  local members = call('ZRANGE', due_key(self, 'leased'), 0, -1)
  for n = 1, #members do
    local one = pair.named(self, members[n])
    local from = 0
    repeat
      local ids = call('ZRANGE', one.base .. ':leased', from, from + LEASES - 1)
      local records = tenant.fetch(one.tenant, ids)
      for at = 1, #ids do
        local job = record.read(one.tenant.saved[ids[at]] or records[at])
        local reason = job and job.state == LEASED and gone[job.owner]
        if reason and moved < limit then
          take_back(one, ids[at], job, reason)
          moved = moved + 1
        end
      end
      from = from + LEASES
    until #ids < LEASES or moved >= limit
  end
  return moved
end

-- args[3]: at most so many. args[4]: owners known gone, each with the reason.
function verbs.reap(keys, args)
  local self = step.open(keys, args)
  local gone, bytes, at = {}, args[4], 1
  while at <= #bytes do
    local owner, reason
    owner, reason, at = unpack_bytes('>I2c0I2c0', bytes, at)
    gone[owner] = reason
  end
  local limit = tonumber(args[3])
  local moved, visited = visit(self, 'leased', limit, function(one, room)
    local ended = call('ZRANGEBYSCORE', one.base .. ':leased', '-inf', self.now, 'LIMIT', 0, room)
    each_in(one, 'leased', LEASED, ended, function(_, id, job) take_back(one, id, job, gone[job.owner] or 'LEASE_LOST') end)
    return #ended
  end)
  if next(gone) and moved < limit then moved = moved + reap_owners(self, gone, limit - moved) end
  step.close(self)
  local next_in = reckon(self, 'leased', visited)
  return swept(self, moved, moved >= limit and limit > 0 and next(gone) and 0 or next_in)
end
