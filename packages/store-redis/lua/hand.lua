-- What one reserve has in hand, and what it answers. Jobs are kept as they travel: packed-jobs.ts of the protocol.

local hand = {}

-- The request: see src/reserve.ts. Wants are pairs, and at most so many jobs of each.
function hand.open(self, bytes)
  local max, max_bytes, lease_ms, owner, nonce, wants, at = unpack_bytes('>I2I6I6I2c0c4I2', bytes, 1)
  local made = {
    step = self, max = max, max_bytes = max_bytes, owner = owner, nonce = nonce, ends = self.now + lease_ms,
    taken = 0, bytes = 0, passed = 0, full = max == 0, wants = {}, parts = { '' }, pieces = {},
  }
  made.head, made.run = record.first_run(made.ends, owner, nonce)
  for n = 1, wants do
    local name, queue, most
    name, queue, most, at = unpack_bytes('>Bc0Bc0I2', bytes, at)
    made.wants[n] = { pair = pair.of(tenant.of(self, name), queue), most = most, granted = 0 }
  end
  return made
end

function hand.fits(self, bytes) return self.taken == 0 or self.bytes + bytes <= self.max_bytes end

-- Lua hashes what it makes, so the parts of a reply are put together once.
function hand.take(self, id, packed, bytes)
  local parts, last, taken = self.parts, #self.parts, self.taken + 1
  parts[last + 1], parts[last + 2], parts[last + 3], parts[last + 4] = char(#id), id, pack('>I4', #packed), packed
  self.taken, self.bytes = taken, self.bytes + bytes
  self.full = taken == self.max
end

-- A payload that is kept apart goes out as it comes from its hash.
function hand.take_apart(self, payload)
  local parts, pieces, last = self.parts, self.pieces, #self.pieces
  parts[#parts + 1] = pack('>I4', #payload)
  pieces[last + 1], pieces[last + 2] = table.concat(parts), payload
  self.parts = {}
end

-- Whether new jobs of a pair may go to hand as they come, past the list: nobody stands there, and nothing else is wanted.
function hand.takes_new(self, one)
  local want = self.wants[1]
  if self.full or #self.wants ~= 1 or want.pair ~= one or want.most == 0 or settings.of(one).paused then return false end
  local _, ready = pair.ready(one)
  return ready == 0
end

-- Leases a new job that has no time to live and its payload with it. Answers its record, or nothing when it has to stand behind.
function hand.take_new(self, id, front, rest, bytes)
  local want = self.wants[1]
  if self.full or want.granted == want.most or not hand.fits(self, bytes) then
    self.full = true
    return nil
  end
  local leased = self.head .. step.fence(self.step) .. self.run .. front .. rest
  want.granted = want.granted + 1
  hand.take(self, id, leased, bytes)
  return leased
end

-- How many are left of each want, how many bytes of payload and how many jobs were granted; then these, in pieces. Behind the close.
function hand.reply(self)
  local left, grants = {}, {}
  for n = 1, #self.wants do
    local one, granted = self.wants[n].pair, self.wants[n].granted
    local rules, _, ready = settings.of(one), pair.ready(one)
    left[n] = pack('>I4', rules.paused and 0 or ready)
    if granted > 0 then
      local name = one.tenant.name
      grants[#grants + 1] = pack('>Bc0I2I2I4', #name, name, granted, rules.attempts, rules.lease_ms)
    end
  end
  local front = table.concat(left) .. pack('>I4I2', self.bytes, self.taken)
  if self.taken == 0 then return { front } end
  local pieces, whose = self.pieces, pack('>I2', #grants) .. table.concat(grants)
  if #pieces > 0 then
    pieces[#pieces + 1] = table.concat(self.parts)
    return { front, whose, unpack(pieces) }
  end
  self.parts[1] = whose
  return { front, table.concat(self.parts) }
end
