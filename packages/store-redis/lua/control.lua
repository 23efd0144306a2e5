-- Queues of a tenant that one change may concern.
local CONTROLLED = 5000

-- The pairs a change concerns that hold jobs; nil when there are too many for one step.
local function concerned(owner, queue)
  if queue ~= '' then return { pair.of(owner, queue) } end
  -- A queue has more than one count, but seldom more than eight.
  if call('HLEN', owner.counts) > 8 * CONTROLLED then return nil end
  local fields, seen = call('HKEYS', owner.counts), {}
  local ones = {}
  for n = 1, #fields do
    local name = string.match(fields[n], '^[^:]*')
    if not seen[name] then
      seen[name] = true
      ones[#ones + 1] = pair.of(owner, name)
    end
  end
  return #ones <= CONTROLLED and ones or nil
end

local function keep_settings(self, owner, queue, packed)
  if packed then
    self.settings = self.settings + call('HSET', owner.settings, queue, packed)
  else
    self.settings = self.settings - call('HDEL', owner.settings, queue)
  end
  self.is_set = true
end

-- Whether each is paused, with how many jobs it could hand out.
local function standing(ones)
  local found = {}
  for n = 1, #ones do
    local _, total = pair.ready(ones[n])
    found[n] = { paused = settings.of(ones[n]).paused, ready = total }
  end
  return found
end

-- Puts the pairs into the backlog or takes them out of it. Answers those that were put in.
local function set_ready(self, ones, before)
  local stopped, scored, members = {}, {}, {}
  for n = 1, #ones do
    local one, was = ones[n], before[n]
    local is_paused = settings.of(one).paused
    if was.ready > 0 and is_paused then stopped[#stopped + 1] = one.member end
    if was.ready > 0 and was.paused and not is_paused then
      scored[#scored + 1], scored[#scored + 2] = 0, one.member
      members[#members + 1] = one.member
    end
  end
  call_with('ZREM', self.base .. ':ready', stopped)
  call_with('ZADD', self.base .. ':ready', scored)
  return members
end

-- args[3]: tenant, args[4]: queue or '' for the tenant, args[5]: what is set, args[6]: what is cleared, as bits. Answers the pairs that
-- have work to hand out because of it; nothing when they were too many.
function verbs.control(keys, args)
  local self = step.open(keys, args)
  local owner, queue = tenant.of(self, args[3]), args[4]
  local ones = concerned(owner, queue)
  if not ones then return false end
  local before = standing(ones)
  local told = settings.change(settings.read(call('HGET', owner.settings, queue)), settings.read(args[5]), tonumber(args[6]))
  keep_settings(self, owner, queue, next(told) and settings.write(told) or nil)
  for n = 1, #ones do
    ones[n].rules = nil
    -- What is kept may be due sooner, or later than it was; the next sweep sets it right.
    pair.due(ones[n], 'finished', self.now)
    pair.due(ones[n], 'dead', self.now)
  end
  local members = set_ready(self, ones, before)
  step.close(self)
  return members
end

-- args: tenant. Answers queues with their packed settings.
function verbs.settings(keys, args)
  return call('HGETALL', tenant.of({ base = keys[1], tenants = {} }, args[1]).settings)
end
