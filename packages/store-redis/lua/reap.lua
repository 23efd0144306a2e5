-- A lease is taken back: its worker never gave a sign of life, or fell silent. Answers why the job must die, if it must.
local function count_loss(self, job, reason)
  if record.has(job, DELIVERED) then
    place.spend(job)
    job.lost = job.lost + 1
    return place.is_over(self, job) and reason
  end
  job.undelivered = job.undelivered + 1
  return job.undelivered >= UNDELIVERED and 'UNDELIVERED'
end

local function take_back(self, id, job, reason)
  place.take(self, id, job)
  local has_failed, fatal = record.has(job, DELIVERED), count_loss(self, job, reason)
  if has_failed then tally.add(self, 'failed', job) end
  if record.has(job, CANCEL_REQUESTED) then return place.cancelled(self, id, job) end
  if fatal then return place.dead(self, id, job, fatal) end
  if has_failed then tally.add(self, 'retried', job) end
  place.ready(self, id, job, true)
end

-- Leases of gone owners are looked for among all of a shard, a bounded number a call. How far it came is kept in a cursor:
--
--   page of ZSCAN over the pairs that may hold leases, which finds all that are there from its first page to its last
--   the pair it stopped in, and the score and id of the lease it looked at last; '' when it stopped between two pairs
--   the pairs of this page it went through
local walk = {}

-- Leases that one call looks at, and at a time. A pair costs one more.
local LOOKS, AT_ONCE = 5000, 500
-- Pairs to a page: perhaps more, at most as many as Redis keeps of a small set.
local PAGE = 10

function walk.open(cursor, gone, room)
  local self = { gone = gone, room = room, looks = LOOKS, moved = 0, page = '0', member = '', score = '', id = '', done = {} }
  if cursor == '' then return self end
  local at
  self.page, self.member, self.score, self.id, at = unpack_bytes('>Bc0Bc0Bc0Bc0', cursor)
  while at <= #cursor do
    local member
    member, at = unpack_bytes('>Bc0', cursor, at)
    self.done[member] = true
  end
  return self
end

function walk.cursor(self)
  local parts = {}
  for n, part in ipairs({ self.page, self.member, self.score, self.id }) do parts[n] = char(#part) .. part end
  for member in pairs(self.done) do parts[#parts + 1] = char(#member) .. member end
  return table.concat(parts)
end

function walk.is_over(self) return self.looks <= 0 or self.moved >= self.room end

-- Takes back what gone owners hold. Answers how many were looked at.
local function reap_some(self, one, ids)
  local records, saved = tenant.fetch(one.tenant, ids), one.tenant.saved
  for n = 1, #ids do
    if self.moved >= self.room then return n - 1 end
    local packed = saved[ids[n]] or records[n]
    local job = tenant.read(one.tenant, ids[n], packed)
    local reason = job and job.state == LEASED and self.gone[job.owner]
    if packed and not job then pair.gather_all(one, 'ZREM', 'leased', { ids[n] }) end
    if reason then
      take_back(one, ids[n], job, reason)
      self.moved = self.moved + 1
    end
  end
  return #ids
end

-- Answers whether it went through all leases of the pair.
local function reap_pair(self, one)
  local key = one.base .. ':leased'
  if self.member ~= one.member then self.member, self.score, self.id = one.member, '', '' end
  local from = self.id ~= '' and order.behind(key, self.score, self.id) or 0
  self.looks = self.looks - 1
  while not walk.is_over(self) do
    local ids, scores = order.apart(call('ZRANGE', key, from, from + math.min(self.looks, AT_ONCE) - 1, 'WITHSCORES'))
    if #ids == 0 then return true end
    local looked = reap_some(self, one, ids)
    if looked > 0 then self.score, self.id = scores[looked], ids[looked] end
    self.looks, from = self.looks - looked, from + looked
  end
  return false
end

local function reap_page(self, step, found)
  -- First the one it stopped in, for its place is known.
  table.sort(found, function(a, b) return a == self.member and b ~= self.member end)
  for n = 1, #found do
    if not self.done[found[n]] then
      if not reap_pair(self, pair.named(step, found[n])) then return false end
      self.done[found[n]] = true
    end
  end
  return true
end

-- Answers how many were taken back, and where to go on; '' when all leases were looked at.
local function reap_owners(step, gone, room, cursor)
  local self = walk.open(cursor, gone, room)
  repeat
    if walk.is_over(self) then return self.moved, walk.cursor(self) end
    local found = call('ZSCAN', due_key(step, 'leased'), self.page, 'COUNT', PAGE)
    local members = order.apart(found[2])
    if not reap_page(self, step, members) then return self.moved, walk.cursor(self) end
    self.page, self.done = found[1], {}
  until self.page == '0'
  return self.moved, ''
end

local function read_owners(bytes)
  local gone, at = {}, 1
  while at <= #bytes do
    local owner, reason
    owner, reason, at = unpack_bytes('>I2c0I2c0', bytes, at)
    gone[owner] = reason
  end
  return gone
end

-- args[3]: at most so many. args[4]: owners known gone, each with the reason; args[5]: the cursor of their leases. Answers what a
-- sweep does, with the cursor before the pairs.
function verbs.reap(keys, args)
  local self = step.open(keys, args)
  local limit, gone, cursor = tonumber(args[3]), read_owners(args[4]), args[5]
  local moved, visited = visit(self, 'leased', limit, function(one, room)
    local ended = call('ZRANGEBYSCORE', one.base .. ':leased', '-inf', self.now, 'LIMIT', 0, room)
    each_in(one, 'leased', LEASED, ended, function(_, id, job) take_back(one, id, job, gone[job.owner] or 'LEASE_LOST') end)
    return #ended
  end)
  local is_cut = next(gone) and limit > 0
  if is_cut and moved < limit then
    local more
    more, cursor = reap_owners(self, gone, limit - moved, cursor)
    moved, is_cut = moved + more, cursor ~= ''
  end
  step.close(self)
  local next_in = reckon(self, 'leased', visited)
  local reply = swept(self, moved, is_cut and 0 or next_in)
  table.insert(reply, 4, is_cut and cursor or '')
  return reply
end
