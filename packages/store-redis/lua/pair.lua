-- A pair is one queue of one tenant. What a call does to records, indexes and counts is gathered here and done at its end, each
-- kind by one command, what removes first.

local tenant, pair = {}, {}

local READY_LIST, KIND = {}, {
  [SCHEDULED] = 'scheduled', [LEASED] = 'leased', [DEAD] = 'dead',
  [COMPLETED] = 'finished', [CANCELLED] = 'finished', [EXPIRED] = 'finished',
}
for priority = 0, 9 do READY_LIST[priority] = 'ready' .. priority end

local function is_list(index) return index == 'finished' or sub(index, 1, 5) == 'ready' end

-- Ids taken from a list at a time.
local POPPED = 100

-- Lua hands at most about 8,000 values to one call. Even, because some come in twos.
local VALUES = 4000

-- Answers the sum of what the calls answered.
local function call_with(command, key, values)
  local sum = 0
  for from = 1, #values, VALUES do sum = sum + call(command, key, unpack(values, from, math.min(from + VALUES - 1, #values))) end
  return sum
end

-- Numbers below 256 as bytes.
local function bytes_of(codes)
  local parts = {}
  for from = 1, #codes, VALUES do parts[#parts + 1] = string.char(unpack(codes, from, math.min(from + VALUES - 1, #codes))) end
  return table.concat(parts)
end

function tenant.of(self, name)
  local found = self.tenants[name]
  if not found then
    local base = self.base .. ':' .. name
    found = {
      step = self, name = name, base = base, jobs = base .. ':jobs', payloads = base .. ':payloads', counts = base .. ':counts',
      settings = base .. ':settings', counters = base .. ':counters',
      pairs = {}, saved = {}, values = {}, forgotten = {}, apart = {}, dropped = {},
    }
    self.tenants[name] = found
  end
  return found
end

-- The record will be stored; of two for one id the later.
function tenant.save(self, id, packed)
  local values = self.values
  local last = #values
  self.saved[id] = packed
  values[last + 1], values[last + 2] = id, packed
end

-- Once its job stands nowhere any more. Answers whether it was there until now.
function tenant.forget(self, id, job)
  self.purged = self.purged or {}
  if self.purged[id] then return false end
  self.purged[id] = true
  self.forgotten[#self.forgotten + 1] = id
  if record.has(job, APART) then self.dropped[#self.dropped + 1] = id end
  return true
end

-- Packed records, false where there is none, in the order of the ids.
function tenant.fetch(self, ids)
  if #ids <= VALUES then return #ids == 0 and {} or call('HMGET', self.jobs, unpack(ids)) end
  local found = {}
  for from = 1, #ids, VALUES do
    local some = call('HMGET', self.jobs, unpack(ids, from, math.min(from + VALUES - 1, #ids)))
    for at = 1, #some do found[from + at - 1] = some[at] end
  end
  return found
end

function pair.of(self, name)
  local found = self.pairs[name]
  if not found then
    found = {
      tenant = self, step = self.step, queue = name, base = self.base .. ':' .. name, member = name .. ',' .. self.name,
      ZREM = {}, LPOP = {}, RPUSH = {}, LPUSH = {}, ZADD = {}, rescored = {}, deltas = {}, counted = {},
    }
    self.pairs[name] = found
  end
  return found
end

function pair.named(self, member)
  local queue, name = string.match(member, '^(.*),(.*)$')
  return pair.of(tenant.of(self, name), queue)
end

-- The ids (with their scores, in a sorted set) that one command will put into or take out of an index. They count by themselves.
function pair.gather(self, command, index)
  local values = self[command][index]
  if not values then
    values = {}
    self[command][index] = values
  end
  return values
end

function pair.gather_all(self, command, index, some)
  local values = self[command][index]
  if not values then
    self[command][index] = some
    return
  end
  for n = 1, #some do values[#values + 1] = some[n] end
end

-- For what leaves an index without being gathered.
function pair.count(self, index, delta)
  self.deltas[index] = (self.deltas[index] or 0) + delta
end

-- How many jobs are ready, by priority and in all, with what this call has changed so far.
function pair.ready(self)
  if not self.stored then
    local fields = {}
    for priority = 0, 9 do fields[priority + 1] = self.queue .. ':' .. READY_LIST[priority] end
    self.stored = call('HMGET', self.tenant.counts, unpack(fields))
  end
  local ready, total = {}, 0
  for priority = 0, 9 do
    local count = (self.stored[priority + 1] or 0) + (self.deltas[READY_LIST[priority]] or 0)
    ready[priority] = count
    total = total + count
  end
  return ready, total
end

-- Puts what is gathered for the lists of ready jobs there, and counts it.
function pair.push_ready(self)
  for priority = 0, 9 do
    local index = READY_LIST[priority]
    local ids = self.RPUSH[index]
    if ids then
      call_with('RPUSH', self.base .. ':' .. index, ids)
      pair.count(self, index, #ids)
      self.RPUSH[index] = nil
    end
  end
end

-- Something of this kind may be due at `ms` in the pair: never later than it is, though perhaps sooner.
function pair.due(self, kind, ms)
  local marks = self.step.due[kind]
  if not marks then
    marks = {}
    self.step.due[kind] = marks
  end
  if not marks[self.member] or marks[self.member] > ms then marks[self.member] = ms end
end

-- The oldest of a shelf is due by age, or as soon as the shelf holds more than it should. Who comes after it does not change that,
-- except by being one too many.
local function shelve(self, kind, count, delta)
  local rules = settings.of(self)
  local keep_max, least_ms = rules[kind .. '_max'], rules.least_ms
  if count == delta then
    pair.due(self, kind, self.step.now + (count > keep_max and least_ms or math.max(least_ms, rules[kind .. '_ms'])))
  elseif count > keep_max and count - delta <= keep_max then
    pair.due(self, kind, self.step.now)
  end
end

-- The same by the bytes of what is kept of its jobs.
local function shelve_bytes(self, kind, bytes, delta)
  local keep_bytes = settings.of(self)[kind .. '_bytes']
  if bytes > keep_bytes and bytes - delta <= keep_bytes then pair.due(self, kind, self.step.now) end
end

-- The shelf that a count of bytes is of.
local SHELF_OF = { finishedBytes = 'finished', deadBytes = 'dead' }

-- A list without a ready job may still hold the ids of cancelled ones; they go with it.
local function emptied(self, index)
  call('UNLINK', self.base .. ':' .. index)
  self.stored = nil
  self.deltas = {}
  local _, total = pair.ready(self)
  if total == 0 then call('ZREM', self.step.base .. ':ready', self.member) end
end

-- What was counted is stored now, and who asks for a count from here on must not be told of it twice.
local function settled(self)
  if self.stored then
    for priority = 0, 9 do
      local delta = self.deltas[READY_LIST[priority]]
      if delta then self.stored[priority + 1] = (self.stored[priority + 1] or 0) + delta end
    end
  end
  self.deltas = {}
end

local function settle_counts(self)
  local empty = {}
  for index, delta in pairs(self.deltas) do
    if delta ~= 0 then
      local field = self.queue .. ':' .. index
      local count = call('HINCRBY', self.tenant.counts, field, delta)
      if count <= 0 then call('HDEL', self.tenant.counts, field) end
      if index == 'leased' then
        if count <= 0 then call('UNLINK', self.base .. ':leased') end
      elseif index == 'finished' or index == 'dead' then
        if delta > 0 then shelve(self, index, count, delta) end
      elseif SHELF_OF[index] then
        if delta > 0 then shelve_bytes(self, SHELF_OF[index], count, delta) end
      elseif sub(index, 1, 5) == 'ready' then
        if count <= 0 then empty[#empty + 1] = index
        elseif count == delta and not settings.of(self).paused then call('ZADD', self.step.base .. ':ready', 0, self.member) end
      end
    end
  end
  for at = 1, #empty do emptied(self, empty[at]) end
  settled(self)
end

-- Indexes whose entries are not counted: their jobs stand in another one too.
local UNCOUNTED = { expiring = true }

local function remove(self)
  call_with('HDEL', self.jobs, self.forgotten)
  call_with('HDEL', self.payloads, self.dropped)
  for _, one in pairs(self.pairs) do
    for index, count in pairs(one.LPOP) do call('LPOP', one.base .. ':' .. index, count) end
    for index, ids in pairs(one.ZREM) do
      local count = call_with('ZREM', one.base .. ':' .. index, ids)
      if not UNCOUNTED[index] then pair.count(one, index, -count) end
    end
  end
end

-- Redis goes through a small sorted set from end to end, 3 us a job at a hundred leases, unless a member is longer than 64 bytes.
-- So many leases at a time bring one along that never ends; it goes with the last lease.
local MANY, LONG_MEMBER = 16, string.rep('-', 65)

local function add_to_indexes(self)
  for index, scored in pairs(self.ZADD) do
    local key = self.base .. ':' .. index
    if index == 'leased' and #scored > 2 * MANY then call('ZADD', key, '+inf', LONG_MEMBER) end
    local count = call_with('ZADD', key, scored)
    if not UNCOUNTED[index] then pair.count(self, index, count) end
  end
  call_with('ZADD', self.base .. ':leased', self.rescored)
  for _, command in ipairs({ 'RPUSH', 'LPUSH' }) do
    for index, ids in pairs(self[command]) do
      call_with(command, self.base .. ':' .. index, ids)
      pair.count(self, index, #ids)
    end
  end
end

local function add(self)
  call_with('HSET', self.jobs, self.values)
  call_with('HSET', self.payloads, self.apart)
  for _, one in pairs(self.pairs) do
    add_to_indexes(one)
    settle_counts(one)
  end
end

local function mark_due(self)
  for kind, marks in pairs(self.due) do
    local values = {}
    for member, ms in pairs(marks) do values[#values + 1], values[#values + 2] = ms, member end
    for from = 1, #values, VALUES do
      call('ZADD', self.base .. ':due-' .. kind, 'LT', unpack(values, from, math.min(from + VALUES - 1, #values)))
    end
  end
end

-- Does all that was gathered.
function step.close(self)
  for _, one in pairs(self.tenants) do remove(one) end
  for _, one in pairs(self.tenants) do add(one) end
  mark_due(self)
  tally.close(self)
  remember(self)
end
