-- Which tenants and pairs there are, and what a shard says of its pairs.

-- Names read at a time.
local NAMED = 20
local DUE_KINDS = { 'scheduled', 'expiring', 'leased', 'finished', 'dead' }
-- Of these the mark may rightly be later than the time: by settings of the installation that others do not know, or because the oldest went.
local SHELVED = { finished = true, dead = true }

function scrub.tasks.shard(self)
  for n = 1, #DUE_KINDS do scrub.push(self, 'marked', 'due-' .. DUE_KINDS[n], '0') end
  scrub.push(self, 'marked', 'ready', '0')
  scrub.push(self, 'tenants', '0')
end

function scrub.tasks.tenants(self, from)
  local found = call('SSCAN', self.step.base .. ':tenants', from, 'COUNT', NAMED)
  if found[1] ~= '0' then scrub.push(self, 'tenants', found[1]) end
  for n = 1, #found[2] do scrub.push(self, 'tenant', found[2][n]) end
  scrub.look(self, 1)
end

function scrub.tasks.tenant(self, name)
  scrub.push(self, 'queues', name, '0')
  scrub.push(self, 'aside', name, '0')
  scrub.push(self, 'payloads', name, '0')
  scrub.push(self, 'records', name, '0')
end

-- A queue has several counts, which a scan may meet on different pages: it goes by the first that there is.
local function is_first(owner, queue, index)
  local found = scrub.counts_of(owner, queue)
  for n = 1, #COUNTS do
    if found[n] then return COUNTS[n] == index end
  end
  return false
end

function scrub.tasks.queues(self, name, from)
  local owner = tenant.of(self.step, name)
  local found = call('HSCAN', owner.counts, from, 'COUNT', NAMED)
  if found[1] ~= '0' then scrub.push(self, 'queues', name, found[1]) end
  local fields = order.apart(found[2])
  for n = 1, #fields do
    local queue, index = string.match(fields[n], '^(.*):(.*)$')
    if queue and is_first(owner, queue, index) then scrub.push(self, 'indexes', name, queue, 1, 1, 0, 0, 0, '') end
  end
  scrub.look(self, 1 + #fields)
end

-- What a shard says of a pair. Who is marked sooner than anything is due is set right by the next sweep, and that is as it should be.
function scrub.tasks.marks(self, name, queue)
  local one = pair.of(tenant.of(self.step, name), queue)
  one.stored = nil
  local _, total = pair.ready(one)
  local key, ought = self.step.base .. ':ready', total > 0 and not settings.of(one).paused
  if ought ~= (call('ZSCORE', key, one.member) and true or false) then
    if ought then call('ZADD', key, 0, one.member) else call('ZREM', key, one.member) end
    scrub.mended(self, 'counts')
  end
  for n = 1, #DUE_KINDS do
    local kind = DUE_KINDS[n]
    local at, mark = next_due(one, kind), tonumber(call('ZSCORE', due_key(self.step, kind), one.member))
    if at and (not mark or mark > at) then
      call('ZADD', due_key(self.step, kind), at, one.member)
      if not mark or not SHELVED[kind] then scrub.mended(self, 'counts') end
    end
  end
  scrub.look(self, 5)
end

-- Whoever has jobs was counted. Only settings mark a pair of a tenant that has none.
local function know(self, name)
  if call('HLEN', tenant.of(self.step, name).jobs) == 0 or call('SADD', self.step.base .. ':tenants', name) == 0 then return end
  scrub.mended(self, 'counts')
  scrub.push(self, 'tenant', name)
end

function scrub.tasks.marked(self, index, from)
  local key = self.step.base .. ':' .. index
  local found = call('ZSCAN', key, from, 'COUNT', NAMED)
  if found[1] ~= '0' then scrub.push(self, 'marked', index, found[1]) end
  local members = order.apart(found[2])
  for n = 1, #members do
    local queue, name = string.match(members[n], '^([%w_-]+),([%w_-]+)$')
    if not queue then
      scrub.mended(self, 'stray', call('ZREM', key, members[n]))
    else
      know(self, name)
      if index == 'ready' then scrub.tasks.marks(self, name, queue) end
    end
  end
  scrub.look(self, 1 + #members)
end
