-- What cannot be trusted is set aside: the record stays as it is and keeps its id, but stands in no index but this one, is in no count,
-- and no retention reaches it.

-- A flag of the record, where that could be read.
local QUARANTINED = 32
-- As LIMITS.quarantined of the protocol.
local MOST_QUARANTINED = 10000
local UNREADABLE = 'CORRUPT: the record cannot be read'

local function set_aside(self, id, reason)
  if call('ZADD', self.base .. ':quarantine', 0, id) == 1 then
    call('HSET', self.base .. ':quarantine-notes', id, pack('>I6', self.step.now) .. reason)
  end
end

-- The fields of a record that an index led to; nil when there is none, or when it had to be set aside.
function tenant.read(self, id, packed)
  local job = record.read(packed)
  if packed and not job then set_aside(self, id, UNREADABLE) end
  return job
end

-- Somebody found that its payload is not what it was, or could not read what Redis could.
function place.quarantined(self, id, job, reason)
  if call('ZCARD', self.tenant.base .. ':quarantine') >= MOST_QUARANTINED then return place.dead(self, id, job, reason) end
  tally.add(self, 'dead', job)
  job.reason = reason
  record.flag(job, QUARANTINED, true)
  set_aside(self.tenant, id, reason)
  save(self, id, job, DEAD, self.step.now)
end

-- Whether the job stands where this index of the pair leads to it.
function place.stands_in(self, index, job)
  local rightly = job.state == READY and READY_LIST[job.priority] or KIND[job.state]
  return rightly == index and job.queue == self.queue and not record.has(job, QUARANTINED)
end

-- What cannot be read was counted, unless it stood here for one that had gone already: nobody can tell. A count never tells more than
-- the list holds, and one that tells too much ends with the list.
function pair.at_most(self, priority, most)
  local over = pair.ready(self)[priority] - most
  if over > 0 then pair.count(self, READY_LIST[priority], -over) end
end
