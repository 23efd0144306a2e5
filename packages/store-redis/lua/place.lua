-- Every state has one place where its jobs stand. A move is `take` and then one of the others; only this file changes states.

local place = {}

-- What counts the bytes of jobs in a state: payloads of what waits and of the dead, results of the completed.
local BYTES = {
  [READY] = 'bytes', [SCHEDULED] = 'bytes', [DEAD] = 'deadBytes',
  [COMPLETED] = 'finishedBytes', [CANCELLED] = 'finishedBytes', [EXPIRED] = 'finishedBytes',
}

local function count_bytes(self, job, sign)
  if BYTES[job.state] then pair.count(self, BYTES[job.state], sign * record.payload_bytes(job)) end
end

local function score(self, kind, id, value)
  local scored = pair.gather(self, 'ZADD', kind)
  scored[#scored + 1], scored[#scored + 2] = value, id
end

-- Jobs that wait for their first start, when their time to live runs out.
function place.all_expiring(self, ids, at)
  if #ids == 0 then return end
  for n = 1, #ids do score(self, 'expiring', ids[n], at) end
  pair.due(self, 'expiring', at)
end

local function may_expire(job) return job.attempt == 0 and band(job.terms, TTL) ~= 0 and job.state <= SCHEDULED end

local function expire_in_time(self, id, job)
  if may_expire(job) then place.all_expiring(self, { id }, job.created + record.ttl_ms(job)) end
end

-- A ready job is taken by whoever popped it.
function place.take(self, id, job)
  count_bytes(self, job, -1)
  if may_expire(job) then
    local expiring = pair.gather(self, 'ZREM', 'expiring')
    expiring[#expiring + 1] = id
  end
  if job.state == READY then
    pair.count(self, READY_LIST[job.priority], -1)
  else
    local ids = pair.gather(self, 'ZREM', KIND[job.state])
    ids[#ids + 1] = id
  end
end

local function save(self, id, job, state, at, body)
  job.state, job.at = state, at
  local packed = record.write(job, body)
  tenant.save(self.tenant, id, packed)
  return packed
end

-- Behind all that are ready with this priority.
function place.all_last(self, ids, priority)
  pair.gather_all(self, 'RPUSH', READY_LIST[priority], ids)
end

function place.all_due(self, ids, at)
  for n = 1, #ids do score(self, 'scheduled', ids[n], step.score(self.step, at)) end
  if #ids > 0 then pair.due(self, 'scheduled', at) end
end

function place.ready(self, id, job, head)
  local ids = pair.gather(self, head and 'LPUSH' or 'RPUSH', READY_LIST[job.priority])
  ids[#ids + 1] = id
  self.step.readied[self] = true
  save(self, id, job, READY, self.step.now)
  count_bytes(self, job, 1)
  expire_in_time(self, id, job)
end

function place.scheduled(self, id, job, at)
  score(self, 'scheduled', id, step.score(self.step, at))
  pair.due(self, 'scheduled', at)
  save(self, id, job, SCHEDULED, at)
  count_bytes(self, job, 1)
  expire_in_time(self, id, job)
end

function place.leased(self, id, job, ends)
  score(self, 'leased', id, ends)
  pair.due(self, 'leased', ends)
  return save(self, id, job, LEASED, ends)
end

-- Jobs whose records were made already and that stood nowhere.
function place.all_begun(self, ids, ends)
  if #ids == 0 then return end
  -- As text once, not as a number for each.
  local scored, score_text = pair.gather(self, 'ZADD', 'leased'), string.format('%.0f', ends)
  local last = #scored
  for n = 1, #ids do scored[last + 2 * n - 1], scored[last + 2 * n] = score_text, ids[n] end
  pair.due(self, 'leased', ends)
end

-- Ready jobs whose records were made already, with all the bytes of their payloads.
function place.all_leased(self, ids, index, ends, bytes)
  place.all_begun(self, ids, ends)
  pair.count(self, index, -#ids)
  pair.count(self, 'bytes', -bytes)
end

-- A lease that is on ends at another time.
function place.prolonged(self, id, job, ends)
  self.rescored[#self.rescored + 1], self.rescored[#self.rescored + 2] = ends, id
  pair.due(self, 'leased', ends)
  save(self, id, job, LEASED, ends)
end

-- A finished job needs its payload no more.
function place.finished(self, id, job, state, result)
  if record.has(job, APART) then
    self.tenant.dropped[#self.tenant.dropped + 1] = id
    record.flag(job, APART, false)
  end
  if result then
    record.flag(job, RESULT, true)
    pair.count(self, 'finishedBytes', #result)
  end
  local ids = pair.gather(self, 'RPUSH', 'finished')
  ids[#ids + 1] = id
  save(self, id, job, state, self.step.now, result or '')
end

-- A reason stands in what a job has from its first lease on, whether or not it had one.
local function give_reason(job, reason)
  job.reason = reason
  record.flag(job, STARTED, true)
end

function place.cancelled(self, id, job)
  tally.add(self, 'cancelled', job)
  place.finished(self, id, job, CANCELLED)
end

-- Dropped to make room.
function place.discarded(self, id, job)
  tally.add(self, 'discarded', job)
  give_reason(job, 'DISCARDED')
  place.finished(self, id, job, CANCELLED)
end

function place.dead(self, id, job, reason)
  tally.add(self, 'dead', job)
  give_reason(job, reason)
  score(self, 'dead', id, step.score(self.step, self.step.now))
  save(self, id, job, DEAD, self.step.now)
  count_bytes(self, job, 1)
end

-- As LIMITS of the protocol.
local LOST_LEASES, UNDELIVERED, MOST_SPENT = 4, 10, 65535

function place.spend(job) job.spent = math.min(job.spent + 1, MOST_SPENT) end

-- Its allowance is used up, or it has lost too many leases.
function place.is_over(self, job)
  local attempts = record.attempts(job) or settings.of(self).attempts
  return (attempts > 0 and job.spent >= attempts) or job.lost >= LOST_LEASES
end

-- Its time to live ran out before its first start.
function place.is_overdue(self, job)
  if not may_expire(job) then return false end
  local ttl_ms = record.ttl_ms(job)
  return ttl_ms > 0 and self.step.now - job.created >= ttl_ms
end

-- As TO_DEAD of the protocol.
local TO_DEAD = '*dead'

-- A job that was taken because its time ran out goes where its queue says; one that would lead to itself has no other place than the
-- end. Answers the pair it is ready in, if it is.
function place.expired(self, id, job)
  local to = settings.of(self).expire_to
  tally.add(self, 'expired', job)
  if to == TO_DEAD then
    place.dead(self, id, job, 'EXPIRED')
  elseif to == '' or to == self.queue then
    place.finished(self, id, job, EXPIRED)
  else
    record.move(job, to)
    local other = pair.of(self.tenant, to)
    place.ready(other, id, job)
    return other
  end
end

-- Longer lists are not searched: the id stays in them and is passed over when its turn comes.
local SEARCHED = 10000

-- Whether it stood there.
local function leave_list(self, id, job)
  local key = self.base .. ':' .. READY_LIST[job.priority]
  return call('LLEN', key) > SEARCHED or call('LREM', key, 1, id) == 1
end

-- Takes a job that waits from wherever it stands.
function place.withdraw(self, id, job)
  if job.state == SCHEDULED or leave_list(self, id, job) then place.take(self, id, job) end
end
