-- What holds for a pair: as its queue says, else its tenant, else the installation; both pause. A shard in which nothing was ever set
-- knows that from what `step.open` reads anyway, and looks nothing up.

local settings = {}

-- What each bit of a packed setting stands for, from the lowest. src/settings.ts is the other side.
local SETTINGS = {
  'paused', 'lease_ms', 'attempts', 'max_age_ms', 'expire_to', 'finished_ms', 'finished_max', 'finished_bytes',
  'dead_ms', 'dead_max', 'dead_bytes', 'max_items', 'max_bytes', 'max_item_bytes', 'when_full',
  'fanout', 'fanout_only', 'max_aborts', -- a door's; nothing here reads them
}
-- How those are packed that are no number.
local TEXTS = { expire_to = '>Bc0', fanout = '>I2c0' }
local DROP_OLDEST = 1

-- What every call brings along of the installation.
local RETENTION = '>I6I6I6I6I6I6I6'

local function installation(self)
  local rules = self.rules
  if rules then return rules end
  -- As DEFAULTS of the protocol.
  rules = {
    paused = false, lease_ms = 30000, attempts = 5, max_age_ms = 0, expire_to = '',
    max_items = 0, max_bytes = 0, max_item_bytes = 0, when_full = 0,
  }
  if self.retention then
    rules.finished_ms, rules.finished_max, rules.finished_bytes, rules.dead_ms, rules.dead_max, rules.dead_bytes, rules.least_ms =
      unpack_bytes(RETENTION, self.retention)
  end
  self.rules = rules
  return rules
end

-- The settings that were packed, by name.
function settings.read(packed)
  local told = {}
  if not packed then return told end
  local bits, at = unpack_bytes('>I4', packed)
  for n = 1, #SETTINGS do
    local name = SETTINGS[n]
    if bits % 2 == 1 then told[name], at = unpack_bytes(TEXTS[name] or '>I6', packed, at) end
    bits = floor(bits / 2)
  end
  return told
end

function settings.write(told)
  local bits, parts = 0, {}
  for n = 1, #SETTINGS do
    local name = SETTINGS[n]
    local value, text = told[name], TEXTS[name]
    if value then
      bits = bits + 2 ^ (n - 1)
      parts[#parts + 1] = text and pack(text, #value, value) or pack('>I6', value)
    end
  end
  return pack('>I4', bits) .. table.concat(parts)
end

-- Of which nothing is left when all are cleared.
function settings.change(told, set, cleared)
  for n = 1, #SETTINGS do
    local name = SETTINGS[n]
    if cleared % 2 == 1 then told[name] = nil end
    if set[name] then told[name] = set[name] end
    cleared = floor(cleared / 2)
  end
  return told
end

local function look_up(self)
  local found = call('HMGET', self.tenant.settings, self.queue, '')
  local of_queue, of_tenant = settings.read(found[1]), settings.read(found[2])
  of_queue.paused = of_queue.paused == 1 or of_tenant.paused == 1
  return setmetatable(of_queue, { __index = setmetatable(of_tenant, { __index = installation(self.step) }) })
end

-- Every setting has a value, but the retention where nobody brought it along: in calls that only look.
function settings.of(self)
  if not self.rules then self.rules = self.step.settings == 0 and installation(self.step) or look_up(self) end
  return self.rules
end
