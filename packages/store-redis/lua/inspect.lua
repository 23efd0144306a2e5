-- Looking changes nothing, not even the time of the shard.

-- A record as it is shown: with its payload when asked for, from wherever it is kept; a result always.
local function shown(owner, id, packed, with_payload)
  local job = record.read(packed)
  if not job or record.has(job, RESULT) then return packed end
  if not with_payload then return sub(packed, 1, job.body - 1) end
  return record.has(job, APART) and packed .. (call('HGET', owner.payloads, id) or '') or packed
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

local function queues_with_dead(owner)
  local queues, fields = {}, call('HKEYS', owner.counts)
  for n = 1, #fields do queues[#queues + 1] = string.match(fields[n], '^(.*):dead$') end
  return queues
end

-- args: tenant, queue or '' for all, the score to go on after, how many. Answers the score to go on after, then ids and records.
function verbs.list(keys, args)
  local owner, limit = tenant.of({ base = keys[1], tenants = {} }, args[1]), tonumber(args[4])
  local from = args[3] == '' and '-inf' or '(' .. args[3]
  local queues, dead = args[2] == '' and queues_with_dead(owner) or { args[2] }, {}
  for n = 1, #queues do
    local page = call('ZRANGEBYSCORE', pair.of(owner, queues[n]).base .. ':dead', from, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
    for at = 1, #page, 2 do dead[#dead + 1] = { id = page[at], score = page[at + 1] } end
  end
  table.sort(dead, function(a, b) return tonumber(a.score) < tonumber(b.score) end)
  local ids, reply = {}, { #dead > limit and limit > 0 and dead[limit].score or '' }
  for n = 1, math.min(limit, #dead) do ids[n] = dead[n].id end
  local found = tenant.fetch(owner, ids)
  for n = 1, #ids do reply[2 * n], reply[2 * n + 1] = ids[n], shown(owner, ids[n], found[n], false) end
  return reply
end

-- args: tenant. Answers fields `<queue>:<index>` with how many stand there.
function verbs.queues(keys, args)
  return call('HGETALL', tenant.of({ base = keys[1], tenants = {} }, args[1]).counts)
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
