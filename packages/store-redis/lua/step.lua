-- One call of one verb: what time it is in the shard, and what comes after the last token and the last move.

local call = redis.call
local floor = math.floor
local pack, unpack_bytes = struct.pack, struct.unpack

local step = {}
-- What may be called from outside, by name.
local verbs = {}

-- Scores of scheduled and dead jobs carry the order of the moves as a fraction, so that what is due in one millisecond keeps its
-- order. With 11 bits for it a double holds milliseconds until the year 2109.
local MOVES_PER_MS = 2048
local TOKENS_PER_MS = 4096

local function engine_ms()
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

-- args[1]: the caller's time in milliseconds, '' for the engine's own. args[2]: the retention, see settings.lua.
function step.open(keys, args)
  local base = keys[1]
  local meta = call('HMGET', base .. ':meta', 'now', 'tokenMs', 'tokenSeq', 'moves', 'settings')
  local last = tonumber(meta[1]) or 0
  return {
    base = base,
    last = last,
    now = math.max(last, tonumber(args[1]) or engine_ms()),
    token_ms = tonumber(meta[2]) or 0,
    token_seq = tonumber(meta[3]) or 0,
    moves = tonumber(meta[4]) or 0,
    settings = tonumber(meta[5]) or 0,
    retention = args[2],
    tenants = {},
    due = {},
    readied = {},
    discarded = 0,
    counted = {},
  }
end

-- The increasing part of the next token, max(last + 1, now * 4096), as 8 bytes. Kept as two numbers: the product passes 2^53 in 2039.
function step.fence(self)
  self.token_seq = self.token_seq + 1
  if self.now > self.token_ms then
    self.token_ms, self.token_seq, self.high = self.now, 0, nil
  elseif self.token_seq == TOKENS_PER_MS then
    self.token_ms, self.token_seq, self.high = self.token_ms + 1, 0, nil
  end
  if not self.high then
    self.high = floor(self.token_ms / 1048576)
    self.low = (self.token_ms - self.high * 1048576) * TOKENS_PER_MS
  end
  return pack('>I4I4', self.high, self.low + self.token_seq)
end

-- The score of a job that stands at `ms` behind all that were put there before.
function step.score(self, ms)
  self.moved = true
  self.moves = (self.moves + 1) % MOVES_PER_MS
  return ms + self.moves / MOVES_PER_MS
end

local function remember(self)
  local fields = {}
  if self.now > self.last then fields = { 'now', self.now } end
  if self.high then
    fields[#fields + 1], fields[#fields + 2] = 'tokenMs', self.token_ms
    fields[#fields + 1], fields[#fields + 2] = 'tokenSeq', self.token_seq
  end
  if self.moved then fields[#fields + 1], fields[#fields + 2] = 'moves', self.moves end
  if self.is_set then fields[#fields + 1], fields[#fields + 2] = 'settings', self.settings end
  if #fields > 0 then call('HSET', self.base .. ':meta', unpack(fields)) end
end
