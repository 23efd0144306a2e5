-- Compares records with what is kept beside them and mends what differs, a page a call. What is left to do is a stack of tasks, each
-- the name of what it does and a few strings. It is kept in the cursor: nothing of a scrub stays in Redis, and several brokers may scrub
-- one shard at a time. What a task finds it mends at once, by records and indexes it reads in the same step, so that who moves a job
-- between two pages is never taken for damage.

local scrub = { tasks = {} }

-- What a page looks at before it ends: records, or what takes as long, 5 us each.
local SCRUB_LOOKS = 1000
-- Bytes of records and payloads that take as long as one more.
local BYTES_A_LOOK = 2000

function scrub.push(self, ...) self.stack[#self.stack + 1] = { ... } end

function scrub.look(self, count, bytes) self.looks = self.looks - count - floor((bytes or 0) / BYTES_A_LOOK) end

function scrub.mended(self, what, count) self[what] = self[what] + (count or 1) end

-- All that is counted of a pair.
local COUNTS = { 'scheduled', 'leased', 'dead', 'finished', 'bytes', 'deadBytes', 'finishedBytes' }
for priority = 0, 9 do COUNTS[#COUNTS + 1] = READY_LIST[priority] end

function scrub.counts_of(owner, queue)
  local fields = {}
  for n = 1, #COUNTS do fields[n] = queue .. ':' .. COUNTS[n] end
  return call('HMGET', owner.counts, unpack(fields))
end

-- What is counted of an index, or of bytes.
function scrub.count_of(one, index) return tonumber(call('HGET', one.tenant.counts, one.queue .. ':' .. index) or 0) or 0 end

function scrub.set_count(one, index, count)
  local field = one.queue .. ':' .. index
  if count > 0 then call('HSET', one.tenant.counts, field, count) else call('HDEL', one.tenant.counts, field) end
  one.stored = nil
end

-- How many stand in an index.
function scrub.size_of(one, index)
  local key = one.base .. ':' .. index
  if is_list(index) then return call('LLEN', key) end
  local size = call('ZCARD', key)
  return index == 'leased' and call('ZSCORE', key, LONG_MEMBER) and size - 1 or size
end

local function read_cursor(cursor)
  local stack, at = {}, 1
  while at <= #cursor do
    local task, parts = {}, byte(cursor, at)
    at = at + 1
    for n = 1, parts do task[n], at = unpack_bytes('>I2c0', cursor, at) end
    if not scrub.tasks[task[1]] then error('no such task') end
    stack[#stack + 1] = task
  end
  return stack
end

local function write_cursor(stack)
  local parts = {}
  for n = 1, #stack do
    local task = stack[n]
    parts[#parts + 1] = char(#task)
    for at = 1, #task do
      local part = tostring(task[at])
      parts[#parts + 1] = pack('>I2c0', #part, part)
    end
  end
  return table.concat(parts)
end

-- args[3]: what the last page answered, '' for the first. Answers where to go on, '' at the end; how many records were looked at; and what
-- was mended: lost, stray, counts, quarantined. Nothing for a cursor that no page answered.
function verbs.scrub(keys, args)
  local is_known, stack = pcall(read_cursor, args[3])
  if not is_known then return false end
  local self = {
    step = step.open(keys, args), stack = stack, turns = {}, lists = {}, looks = SCRUB_LOOKS, looked = 0, lost = 0, stray = 0, counts = 0, quarantined = 0,
  }
  if #stack == 0 then scrub.tasks.shard(self) end
  while self.looks > 0 and #stack > 0 do
    local task = table.remove(stack)
    scrub.tasks[task[1]](self, unpack(task, 2))
  end
  step.close(self.step)
  return { write_cursor(stack), self.looked, self.lost, self.stray, self.counts, self.quarantined }
end
