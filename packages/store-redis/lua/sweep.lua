-- Sweeps go to the pairs in which something may be due and to no others. `due-<kind>` says when that is, sooner than it is at
-- worst; whoever sweeps sets it right, so of several brokers only the first finds the work.

local function due_key(self, kind) return self.base .. ':due-' .. kind end

-- Pairs a sweep goes to in vain, or sets right on its way to the answer when to come again; past that the answer may be too soon.
local SET_RIGHT = 100

-- Lets `act` work in the due pairs, soonest first, until it has moved `limit` jobs in all. Answers how many, and the pairs.
local function visit(self, kind, limit, act)
  local moved, visited = 0, {}
  if limit <= 0 then return moved, visited end
  local members = call('ZRANGEBYSCORE', due_key(self, kind), '-inf', self.now, 'LIMIT', 0, limit + SET_RIGHT)
  for n = 1, #members do
    if moved >= limit then break end
    visited[n] = pair.named(self, members[n])
    moved = moved + act(visited[n], limit - moved)
  end
  return moved, visited
end

-- The ids of a shelf from its old end, and how many it holds.
local function oldest(self, kind, most)
  local key = self.base .. ':' .. kind
  if kind == 'finished' then return call('LRANGE', key, 0, most - 1), call('LLEN', key) end
  return call('ZRANGE', key, 0, most - 1), call('ZCARD', key)
end

-- The bytes of what a shelf keeps of its jobs, with what this call has changed so far.
local function shelf_bytes(self, kind)
  local index = kind .. 'Bytes'
  return (call('HGET', self.tenant.counts, self.queue .. ':' .. index) or 0) + (self.deltas[index] or 0)
end

-- When a job may be forgotten that is the oldest of a shelf of so many and so many bytes. What is no record may go at once.
local function forget_at(self, kind, job, count, bytes)
  if not job then return self.step.now end
  local rules = settings.of(self)
  local least_ms = math.max(rules.least_ms, 2 * (record.lease_ms(job) or rules.lease_ms))
  if count > rules[kind .. '_max'] or bytes > rules[kind .. '_bytes'] then return job.at + least_ms end
  return job.at + math.max(least_ms, rules[kind .. '_ms'])
end

local function next_due(self, kind)
  if kind == 'scheduled' or kind == 'leased' or kind == 'expiring' then
    local first = call('ZRANGE', self.base .. ':' .. kind, 0, 0, 'WITHSCORES')
    return first[2] and first[2] ~= 'inf' and floor(tonumber(first[2])) or nil
  end
  local ids, count = oldest(self, kind, 1)
  return ids[1] and forget_at(self, kind, record.read(tenant.fetch(self.tenant, ids)[1]), count, shelf_bytes(self, kind))
end

local function reckon_pair(self, kind, key)
  local at = next_due(self, kind)
  if at then call('ZADD', key, at, self.member) else call('ZREM', key, self.member) end
  return at
end

-- Sets right when the visited pairs are due, and answers in how many milliseconds the first of all is; -1 for never.
local function reckon(self, kind, visited)
  local key = due_key(self, kind)
  for n = 1, #visited do reckon_pair(visited[n], kind, key) end
  local first
  for _ = 1, SET_RIGHT do
    first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if not first[1] then return -1 end
    if reckon_pair(pair.named(self, first[1]), kind, key) == tonumber(first[2]) then break end
  end
  if tonumber(first[2]) >= NEVER_MS then return -1 end
  return math.max(0, tonumber(first[2]) - self.now)
end

-- What a sweep answers: how many it moved, when to come again, and the pairs that have ready jobs because of it.
local function swept(self, moved, next_in)
  local reply = { moved, next_in, self.now }
  for one in pairs(self.readied) do
    if not settings.of(one).paused then reply[#reply + 1] = one.member end
  end
  return reply
end

-- Does to the jobs of these ids what `act` says; an id that stands here for no such job leaves the index.
local function each_in(self, kind, state, ids, act)
  local records = tenant.fetch(self.tenant, ids)
  for n = 1, #ids do
    local job = tenant.read(self.tenant, ids[n], self.tenant.saved[ids[n]] or records[n])
    if job and job.state == state then
      act(self, ids[n], job)
    else
      local strays = pair.gather(self, 'ZREM', kind)
      strays[#strays + 1] = ids[n]
    end
  end
end

local function promote_one(self, id, job)
  place.take(self, id, job)
  if place.is_overdue(self, job) then
    place.expired(self, id, job)
  else
    place.ready(self, id, job)
  end
end

local function promote(self, room)
  -- Scores carry a fraction: all of this millisecond are below the next.
  local due = call('ZRANGEBYSCORE', self.base .. ':scheduled', '-inf', string.format('(%.0f', self.step.now + 1), 'LIMIT', 0, room)
  each_in(self, 'scheduled', SCHEDULED, due, promote_one)
  return #due
end

-- Jobs that wait and are past their time, whether or not they are due. Answers how many it moved.
local function expire(self, room)
  local leaving = #pair.gather(self, 'ZREM', 'expiring')
  local ids = call('ZRANGEBYSCORE', self.base .. ':expiring', '-inf', self.step.now, 'LIMIT', 0, room + leaving)
  local records, moved = tenant.fetch(self.tenant, ids), 0
  for n = 1, #ids do
    local job = tenant.read(self.tenant, ids[n], self.tenant.saved[ids[n]] or records[n])
    if not (job and job.queue == self.queue and place.is_overdue(self, job)) then
      local strays = pair.gather(self, 'ZREM', 'expiring')
      strays[#strays + 1] = ids[n]
    elseif moved < room then
      place.withdraw(self, ids[n], job)
      place.expired(self, ids[n], job)
      moved = moved + 1
    end
  end
  return moved
end

-- Of two answers to when to come again.
local function sooner(a, b)
  if a < 0 or b < 0 then return math.max(a, b) end
  return math.min(a, b)
end

-- args[3]: at most so many.
function verbs.promote(keys, args)
  local self = step.open(keys, args)
  local limit = tonumber(args[3])
  local due, due_pairs = visit(self, 'scheduled', limit, promote)
  local expired, expired_pairs = visit(self, 'expiring', limit - due, expire)
  step.close(self)
  return swept(self, due + expired, sooner(reckon(self, 'scheduled', due_pairs), reckon(self, 'expiring', expired_pairs)))
end
