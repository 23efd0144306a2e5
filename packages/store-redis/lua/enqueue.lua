-- Below DUPLICATE: stored, in this state.
local DUPLICATE, DUPLICATE_ID = 16, 255

-- Counts the names behind a group but those that were refused. Answers where the group ends.
local function count_names(one, names, from, refused)
  local kinds
  kinds, from = unpack_bytes('>I2', names, from)
  for _ = 1, kinds do
    local name, count
    name, count, from = unpack_bytes('>Bc0I2', names, from)
    count = count - (refused[name] or 0)
    if count > 0 then tally.count(tally.of(one, 'enqueued'), record.spec_for(name), count) end
  end
  return from
end

-- Of the first of this id, stored or of the same batch. `rest` begins with the checksum of the second. One that was given to hand as it
-- came was ready when the second came.
local function judge(known, rest, is_given)
  local job = record.read(known)
  return job and job.checksum == unpack_bytes('>I4', rest) and DUPLICATE + (is_given and READY or job.state) or DUPLICATE_ID
end

-- Jobs of one queue, priority, time and time to live. Behind their ids stand the bytes of all their payloads, and how many there are of
-- each name. A record comes without what stands before
-- its checksum, which they share. `held`: a reserve that follows, and may be given them as they come.
local function enqueue_group(self, names, from, bytes, at, verdicts, held)
  local name, queue, priority, flags, delay, due, ttl_ms, count
  name, queue, priority, flags, delay, due, ttl_ms, count, from = unpack_bytes('>Bc0Bc0BBI6I6I6I2', names, from)
  local one = pair.of(tenant.of(self, name), queue)
  local owner, limits, max_age_ms = one.tenant, admission.of(one), settings.of(one).max_age_ms
  local is_aged = max_age_ms > 0 and (ttl_ms == 0 or ttl_ms > max_age_ms)
  if is_aged then ttl_ms = max_age_ms end
  if delay > 0 then due = self.now + delay end
  local state = due > self.now and SCHEDULED or READY
  local front = record.new_front(state, state == SCHEDULED and due or 0, flags, priority, queue, self.now)
  local ids, saved, apart = {}, owner.saved, owner.apart
  for n = 1, count do ids[n], from = unpack_bytes('>Bc0', names, from) end
  local waiting
  waiting, from = unpack_bytes('>I6', names, from)
  local stored, accepted, refused = tenant.fetch(owner, ids), ids, {}
  local begun, given, started = nil, {}, nil
  if held and state == READY and flags == 0 and ttl_ms == 0 and not limits and hand.takes_new(held, one) then
    held.given, begun, accepted, started = true, {}, {}, tally.of(one, 'started')
  end
  for n = 1, count do
    local id, rest, payload = ids[n], nil, nil
    rest, at = unpack_bytes('>I4c0', bytes, at)
    if flags == APART then payload, at = unpack_bytes('>I4c0', bytes, at) end
    local known = saved[id] or stored[n]
    local refusal = known and judge(known, rest, given[id]) or limits and admission.refusal(limits, record.new_bytes(rest, flags))
    if refusal then
      waiting = waiting - record.new_bytes(rest, flags)
      tally.count(refused, record.name_of(record.new_spec(rest)), 1)
      if accepted == ids then accepted = { unpack(ids, 1, n - 1) } end
    else
      if is_aged then rest = record.new_with_ttl(rest, ttl_ms) end
      local size = begun and record.new_bytes(rest, flags)
      local leased = begun and hand.take_new(held, id, front, rest, size)
      tenant.save(owner, id, leased or front .. rest)
      if leased then
        begun[#begun + 1], given[id], waiting = id, true, waiting - size
        tally.count(started, record.new_spec(rest), 1)
      elseif accepted ~= ids then
        accepted[#accepted + 1] = id
      end
      if payload then apart[#apart + 1], apart[#apart + 2] = id, payload end
      -- At once, for the next may have to drop it.
      if limits and state == READY then
        place.all_last(one, { id }, priority)
        if ttl_ms > 0 then place.all_expiring(one, { id }, self.now + ttl_ms) end
      end
    end
    verdicts[#verdicts + 1] = refusal or state
  end
  from = count_names(one, names, from, refused)
  pair.count(one, 'bytes', waiting)
  if begun then place.all_begun(one, begun, held.ends) end
  if limits and state == READY then return from, at end
  if ttl_ms > 0 then place.all_expiring(one, accepted, self.now + ttl_ms) end
  if state == SCHEDULED then place.all_due(one, accepted, due) else place.all_last(one, accepted, priority) end
  return from, at
end

-- Answers what became of each. `held` as for a group.
local function enqueue_all(self, args, held)
  local names, bytes, from, at, verdicts = args[3], args[4], 1, 1, {}
  while from <= #names do from, at = enqueue_group(self, names, from, bytes, at, verdicts, held) end
  step.close(self)
  return bytes_of(verdicts)
end

-- args[3]: groups of jobs with their ids, args[4]: what their records have in the same order, args[5]: how many groups; see
-- src/enqueue.ts. Answers a byte for each job.
function verbs.enqueue(keys, args) return enqueue_all(step.open(keys, args), args) end

-- The same, with a reserve that follows: args[6] is its request, and what that answers stands behind.
function verbs.enqueueReserve(keys, args)
  local self, request = step.open(keys, args), args[6]
  local held = args[5] == '1' and hand.open(self, request) or nil
  local codes = enqueue_all(self, args, held)
  local reserved = held and held.given and hand.reply(held) or verbs.reserve(keys, { args[1], args[2], request })
  return { codes, unpack(reserved) }
end
