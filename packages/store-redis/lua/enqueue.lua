local verbs = {}

local ENQUEUED, DUPLICATE, DUPLICATE_ID = '\0', 16, '\255'

-- Of the first of this id, stored or of the same batch.
local function judge(known, front)
  if sub(known, 5, 8) == sub(front, 5, 8) then return string.char(DUPLICATE + byte(known, 2)) end
  return DUPLICATE_ID
end

-- A record comes without its times: `front` is what stands before them, `rest` what stands after.
local function accept(self, id, delay, front, rest)
  local owner = self.tenant
  if delay > 0 then
    local at = self.step.now + delay
    score(self, 'scheduled', id, step.score(self.step, at))
    pair.due(self, 'scheduled', at)
    owner.saved[id] = front .. pack('>I6I6', self.step.now, at) .. rest
  else
    local index = READY_LIST[byte(front, 4) % 16]
    local ids = pair.gather(self, 'RPUSH', index)
    ids[#ids + 1] = id
    pair.count(self, index, 1)
    owner.saved[id] = front .. self.step.created .. rest
  end
end

local function read_items(bytes, at, count)
  local ids, delays, fronts, rests, payloads = {}, {}, {}, {}, {}
  for n = 1, count do
    ids[n], fronts[n], delays[n], rests[n], at = unpack_bytes('>Bc0c8I6I4c0', bytes, at)
    if band(byte(fronts[n], 3), APART) ~= 0 then payloads[n], at = unpack_bytes('>I4c0', bytes, at) end
  end
  return at, ids, delays, fronts, rests, payloads
end

local function enqueue_group(self, bytes, at, verdicts)
  local name, queue, count
  name, queue, count, at = unpack_bytes('>Bc0Bc0I2', bytes, at)
  local one = pair.of(tenant.of(self, name), queue)
  local owner = one.tenant
  local next_at, ids, delays, fronts, rests, payloads = read_items(bytes, at, count)
  local stored = tenant.fetch(owner, ids)
  for n = 1, count do
    local id = ids[n]
    local known = owner.saved[id] or stored[n]
    if known then
      verdicts[#verdicts + 1] = judge(known, fronts[n])
    else
      accept(one, id, delays[n], fronts[n], rests[n])
      if payloads[n] then owner.apart[#owner.apart + 1], owner.apart[#owner.apart + 2] = id, payloads[n] end
      verdicts[#verdicts + 1] = ENQUEUED
    end
  end
  return next_at
end

-- args[3]: groups of (tenant, queue, count) with their items, see src/enqueue.ts. Answers a byte for each item.
function verbs.enqueue(keys, args)
  local self = step.open(keys, args)
  self.created = pack('>I6I6', self.now, 0)
  local bytes, at, verdicts = args[3], 1, {}
  while at <= #bytes do at = enqueue_group(self, bytes, at, verdicts) end
  step.close(self)
  return table.concat(verdicts)
end
