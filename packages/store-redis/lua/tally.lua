-- What happens to jobs is counted by queue and name, and for the shard as a whole: gathered through a call, and written at its end by
-- one command for each queue, name and counter. `self` is a pair.

local tally = {}

-- As LIMITS.countedNames of the protocol: a tenant's names beyond are counted together, under ''.
local COUNTED_NAMES = 2000
-- As Counters of the protocol.
local COUNTERS = { 'enqueued', 'started', 'succeeded', 'failed', 'retried', 'expired', 'dead', 'cancelled', 'discarded' }

-- Counts by the specs of records, which end in the names, and before them the specs in the order in which they came.
function tally.of(self, counter)
  local counts = self.counted[counter]
  if not counts then
    counts = {}
    self.counted[counter] = counts
    self.step.counted[#self.step.counted + 1] = { pair = self, counter = counter, counts = counts }
  end
  return counts
end

-- What there is of a spec when it first comes.
function tally.first(counts, spec)
  counts[#counts + 1] = spec
  return 0
end

function tally.count(counts, spec, more) counts[spec] = (counts[spec] or tally.first(counts, spec)) + more end

function tally.add(self, counter, job) tally.count(tally.of(self, counter), record.spec_of(job), 1) end

local function is_known(owner, queue, name, counter)
  local fields = {}
  for n = 1, #COUNTERS do fields[n] = queue .. ':' .. COUNTERS[n] .. ':' .. name end
  local found = call('HMGET', owner.counters, unpack(fields))
  for n = 1, #COUNTERS do
    if found[n] and COUNTERS[n] ~= counter then return true end
  end
  return false
end

-- A name that is counted for the first time is one more of its tenant, and takes its count back when that is one too many.
local function add_by_name(owner, queue, counter, name, count)
  local key, field = owner.counters, queue .. ':' .. counter .. ':' .. name
  if call('HINCRBY', key, field, count) > count or name == '' or is_known(owner, queue, name, counter) then return end
  call('SADD', owner.step.base .. ':tenants', owner.name)
  if call('HINCRBY', key, 'names', 1) <= COUNTED_NAMES then return end
  call('HINCRBY', key, 'names', -1)
  call('HDEL', key, field)
  call('HINCRBY', key, queue .. ':' .. counter .. ':', count)
end

-- Two specs may hold one name.
local function by_name(counts)
  local names, sum = {}, 0
  for n = 1, #counts do
    tally.count(names, record.name_of(counts[n]), counts[counts[n]])
    sum = sum + counts[counts[n]]
  end
  return names, sum
end

-- Of one call, when all else is done.
function tally.close(self)
  local totals = {}
  for n = 1, #self.counted do
    local one, counter = self.counted[n].pair, self.counted[n].counter
    local names, sum = by_name(self.counted[n].counts)
    for at = 1, #names do add_by_name(one.tenant, one.queue, counter, names[at], names[names[at]]) end
    totals[counter] = (totals[counter] or 0) + sum
  end
  for counter, sum in pairs(totals) do call('HINCRBY', self.base .. ':totals', counter, sum) end
end
