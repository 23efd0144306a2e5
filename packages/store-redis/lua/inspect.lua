-- Looking changes nothing, not even the time of the shard.

-- A record as it is shown: with its payload when asked for, from wherever it is kept; a result always. Of a payload that is kept apart the
-- length belongs to the record.
local function shown(owner, id, packed, with_payload)
  local job = record.read(packed)
  if not job or record.has(job, RESULT) then return packed end
  if record.has(job, APART) then return with_payload and packed .. (call('HGET', owner.payloads, id) or '') or packed end
  return with_payload and packed or sub(packed, 1, job.body - 1)
end

-- args: tenant, '1' for payloads, ids. Answers a record or nothing for each.
function verbs.find(keys, args)
  local owner, ids = tenant.of({ base = keys[1], tenants = {} }, args[1]), {}
  local bytes, at = args[3], 1
  while at <= #bytes do ids[#ids + 1], at = unpack_bytes('>Bc0', bytes, at) end
  local found = tenant.fetch(owner, ids)
  for n = 1, #ids do found[n] = shown(owner, ids[n], found[n], args[2] == '1') end
  return found
end

-- A page ends when it is larger than this, with what made it so.
local PAGE_BYTES = 524288

-- args: tenant, the id to go on after or '', how many. Answers whether there are more, then ids, and for each when and why it was set
-- aside, and its record with the payload that is kept apart.
function verbs.quarantined(keys, args)
  local owner = tenant.of({ base = keys[1], tenants = {} }, args[1])
  local from = args[2] == '' and '-' or '(' .. args[2]
  local most, reply, size = tonumber(args[3]), { 0 }, 0
  local ids = call('ZRANGEBYLEX', owner.base .. ':quarantine', from, '+', 'LIMIT', 0, most + 1)
  if #ids == 0 then return reply end
  local notes, records = call('HMGET', owner.base .. ':quarantine-notes', unpack(ids)), tenant.fetch(owner, ids)
  for n = 1, #ids do
    if n > most or size > PAGE_BYTES then
      reply[1] = 1
      break
    end
    local kept = records[n] and records[n] .. (call('HGET', owner.payloads, ids[n]) or '')
    reply[3 * n - 1], reply[3 * n], reply[3 * n + 1] = ids[n], notes[n], kept
    size = size + (kept and #kept or 0)
  end
  return reply
end

-- Ids that a page looks at, and at a time; and those that may stand in front of the first that is ready.
local LOOKED_AT, PAGED, PASSED = 500, 100, 100

-- The names of what the counts say of a tenant, in order.
local function queues_with(owner, state)
  local queues, seen, fields = {}, {}, call('HKEYS', owner.counts)
  local kind = state == READY and '^(.*):ready%d$' or '^(.*):' .. KIND[state] .. '$'
  for n = 1, #fields do
    local queue = string.match(fields[n], kind)
    if queue and not seen[queue] then
      seen[queue] = true
      queues[#queues + 1] = queue
    end
  end
  table.sort(queues, function(a, b) return order.is_after(b, a) end)
  return queues
end

-- Some ids of an index from the place on that the page came to, and the place of each.
local function ids_behind(page, self, index, most)
  local key = self.base .. ':' .. index
  if KIND[page.state] == 'finished' or page.state == READY then
    local from = page.id == '' and 0 or order.behind_in_list(key, tonumber(page.place), page.id)
    local ids, places = call('LRANGE', key, from, from + most - 1), {}
    for n = 1, #ids do places[n] = from + n - 1 end
    return ids, places
  end
  local from = page.id == '' and 0 or order.behind(key, page.place, page.id)
  local ids, scores = order.apart(call('ZRANGE', key, from, from + most - 1, 'WITHSCORES'))
  if ids[#ids] == LONG_MEMBER then ids[#ids] = nil end
  return ids, scores
end

local function show(page, owner, id, packed)
  local kept = shown(owner, id, packed, page.payload)
  page.count, page.bytes = page.count + 1, page.bytes + #kept
  page.items[2 * page.count - 1], page.items[2 * page.count] = id, kept
end

-- Answers whether the page is over; else the index is.
local function list_index(page, self, index)
  while true do
    local ids, places = ids_behind(page, self, index, math.min(page.limit - page.count + 1, PAGED))
    if #ids == 0 then return false end
    local records = tenant.fetch(self.tenant, ids)
    for n = 1, #ids do
      local job = record.read(records[n])
      if job and job.state == page.state and place.stands_in(self, index, job) then
        if page.count >= page.limit or page.bytes > PAGE_BYTES then return true end
        show(page, self.tenant, ids[n], records[n])
      end
      page.place, page.id = places[n], ids[n]
    end
    page.looks = page.looks - #ids
    if page.looks <= 0 then return true end
  end
end

local function list_pair(page, self)
  for slot = page.slot, page.state == READY and 9 or 0 do
    page.slot = slot
    if list_index(page, self, page.state == READY and READY_LIST[slot] or KIND[page.state]) then return true end
    page.place, page.id = '0', ''
  end
  page.slot = 0
  return false
end

-- args: tenant, state, queue or '' for all, how many, '1' for payloads; then the place the last page came to: queue, priority, where it
-- stood, id. Answers such a place, with '' for a queue at the end; then ids and records.
function verbs.list(keys, args)
  local owner = tenant.of({ base = keys[1], tenants = {} }, args[1])
  local page = {
    state = tonumber(args[2]), limit = tonumber(args[4]), payload = args[5] == '1', looks = LOOKED_AT, count = 0, bytes = 0, items = {},
    slot = tonumber(args[7]), place = args[8], id = args[9],
  }
  local after, reply = args[6], { '', 0, '0', '' }
  local queues = args[3] == '' and queues_with(owner, page.state) or { args[3] }
  for n = 1, #queues do
    if not order.is_after(after, queues[n]) then
      if queues[n] ~= after then page.slot, page.place, page.id = 0, '0', '' end
      if list_pair(page, pair.of(owner, queues[n])) then
        -- It may be over before it looked at anything of this queue.
        reply = page.id == '' and { queues[n], page.slot, '0', '' } or { queues[n], page.slot, tostring(page.place), page.id }
        break
      end
    end
  end
  for n = 1, 2 * page.count do reply[4 + n] = page.items[n] end
  return reply
end

-- Since when the first of a list is ready; nil when none of the first is.
local function ready_since(self, index)
  local key = self.base .. ':' .. index
  for from = 0, PASSED, PASSED do
    local ids = call('LRANGE', key, from == 0 and 0 or 1, from)
    local records = tenant.fetch(self.tenant, ids)
    for n = 1, #ids do
      local job = record.read(records[n])
      if job and place.stands_in(self, index, job) then return job.at > 0 and job.at or job.created end
    end
  end
end

local function oldest_ms(self, ready)
  local oldest
  for priority = 0, 9 do
    local since = ready[priority] > 0 and ready_since(self, READY_LIST[priority])
    if since and (not oldest or since < oldest) then oldest = since end
  end
  return oldest and math.max(0, self.step.now - oldest) or 0
end

-- Counts by queue, and an empty one for each that only has settings.
local function counts_of(owner)
  local queues, fields = {}, call('HGETALL', owner.counts)
  for n = 1, #fields, 2 do
    local queue, index = string.match(fields[n], '^(.*):(.*)$')
    queues[queue] = queues[queue] or {}
    queues[queue][index] = tonumber(fields[n + 1])
  end
  local told = call('HKEYS', owner.settings)
  for n = 1, #told do
    if told[n] ~= '' then queues[told[n]] = queues[told[n]] or {} end
  end
  return queues, told
end

-- args[3]: tenant. Answers each queue with what it holds; see src/inspect.ts.
function verbs.queues(keys, args)
  local self = step.open(keys, args)
  local owner, reply = tenant.of(self, args[3]), {}
  local queues, told = counts_of(owner)
  local has_settings = {}
  for n = 1, #told do has_settings[told[n]] = true end
  for queue, counts in pairs(queues) do
    local one = pair.of(owner, queue)
    local ready, total = {}, 0
    for priority = 0, 9 do
      ready[priority] = counts[READY_LIST[priority]] or 0
      total = total + ready[priority]
    end
    local scheduled, leased, dead, finished = counts.scheduled or 0, counts.leased or 0, counts.dead or 0, counts.finished or 0
    if has_settings[queue] or total + scheduled + leased + dead + finished > 0 then
      local bytes = total + scheduled > 0 and counts.bytes or 0
      reply[#reply + 1] = queue
      reply[#reply + 1] = pack('>I4I4I4I4I4I6I6B', total, scheduled, leased, dead, finished, bytes, oldest_ms(one, ready),
        settings.of(one).paused and 1 or 0)
    end
  end
  return reply
end

-- args: queue or '' for all, the member to go on after or '', how many. Answers members and how many are ready.
function verbs.backlog(keys, args)
  local self, queue, after = { base = keys[1], tenants = {} }, args[1], args[2]
  local from = after ~= '' and '(' .. after or queue ~= '' and '[' .. queue .. ',' or '-'
  -- '-' comes right after ','.
  local members = call('ZRANGEBYLEX', self.base .. ':ready', from, queue ~= '' and '(' .. queue .. '-' or '+', 'LIMIT', 0, args[3])
  local reply = {}
  for n = 1, #members do
    local _, total = pair.ready(pair.named(self, members[n]))
    reply[2 * n - 1], reply[2 * n] = members[n], total
  end
  return reply
end

-- args: number of shards, layout. The first to come decides; answers what was decided.
function verbs.install(keys, args)
  local key = keys[1] .. ':installation'
  call('HSETNX', key, 'shards', args[1])
  call('HSETNX', key, 'layout', args[2])
  return call('HMGET', key, 'shards', 'layout')
end
