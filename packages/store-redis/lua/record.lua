-- The packed record of a job, layout 1. README.md has the table; src/record.ts is the other side. Nothing else knows the layout.

local record = {}

local VERSION = 1
local READY, SCHEDULED, LEASED, COMPLETED, DEAD, CANCELLED, EXPIRED = 0, 1, 2, 3, 4, 5, 6
local CANCEL_REQUESTED, DELIVERED, STARTED, APART, RESULT = 2, 4, 8, 16, 32
local NO_TOKEN = string.rep('\0', 12)

-- version state flags kind checksum created at terms
local HEAD = '>BBBBI4I6I6B'
-- attempt spent undelivered lost token lastToken lastOutcome owner reason note
local RUN = 'I4I2BBc12c12BI2c0I2c0I2c0'
-- queue spec; the body follows
local TAIL = 'Bc0Bc0'
local FRESH, BEGUN = HEAD .. TAIL, HEAD .. RUN .. TAIL

local sub, byte = string.sub, string.byte
local band, bor, bnot = bit.band, bit.bor, bit.bnot

local function fresh(packed)
  local version, state, flags, kind, checksum, created, at, terms, queue, spec, body = unpack_bytes(FRESH, packed)
  return {
    version = version, state = state, flags = flags, kind = kind, checksum = checksum, created = created, at = at, terms = terms,
    attempt = 0, spent = 0, undelivered = 0, lost = 0, token = NO_TOKEN, last = NO_TOKEN, outcome = 0,
    owner = '', reason = '', note = '', queue = queue, spec = spec, body = body, packed = packed,
  }
end

local function begun(packed)
  local version, state, flags, kind, checksum, created, at, terms,
    attempt, spent, undelivered, lost, token, last, outcome, owner, reason, note, queue, spec, body = unpack_bytes(BEGUN, packed)
  return {
    version = version, state = state, flags = flags, kind = kind, checksum = checksum, created = created, at = at, terms = terms,
    attempt = attempt, spent = spent, undelivered = undelivered, lost = lost, token = token, last = last, outcome = outcome,
    owner = owner, reason = reason, note = note, queue = queue, spec = spec, body = body, packed = packed,
  }
end

-- The fields of a record; nil when there is none, or it is not one: such a record is left as it is, and nothing is done by it.
function record.read(packed)
  if not packed or #packed < 23 then return nil end
  local ok, job = pcall(band(byte(packed, 3), STARTED) == 0 and fresh or begun, packed)
  if ok and job.version == VERSION and job.state <= EXPIRED and job.kind % 16 <= 9 then return job end
  return nil
end

-- The record of the fields, with another body when one is given.
function record.write(job, body)
  if band(job.flags, STARTED) == 0 then
    return pack(FRESH, VERSION, job.state, job.flags, job.kind, job.checksum, job.created, job.at, job.terms,
      #job.queue, job.queue, #job.spec, job.spec) .. (body or sub(job.packed, job.body))
  end
  return pack(BEGUN, VERSION, job.state, job.flags, job.kind, job.checksum, job.created, job.at, job.terms,
    job.attempt, job.spent, job.undelivered, job.lost, job.token, job.last, job.outcome,
    #job.owner, job.owner, #job.reason, job.reason, #job.note, job.note,
    #job.queue, job.queue, #job.spec, job.spec) .. (body or sub(job.packed, job.body))
end

function record.has(job, flag) return band(job.flags, flag) ~= 0 end

function record.flag(job, flag, on)
  job.flags = on and bor(job.flags, flag) or band(job.flags, bnot(flag))
end

function record.priority(job) return job.kind % 16 end

-- Bytes of the payload, wherever it is kept.
function record.payload_bytes(job)
  if record.has(job, APART) then return (unpack_bytes('>I4', job.packed, job.body)) end
  return #job.packed - job.body + 1
end

-- Terms that are the standard ones of layout 1 are not written; `terms` has a bit for each that is.
local function term(job, index, standard)
  if band(job.terms, 2 ^ index) == 0 then return standard end
  local at = 1
  if index > 0 and band(job.terms, 1) ~= 0 then at = at + 2 end
  if index > 1 and band(job.terms, 2) ~= 0 then at = at + 4 end
  return (unpack_bytes(index == 0 and '>I2' or index == 1 and '>I4' or '>I6', job.spec, at))
end

function record.attempts(job) return term(job, 0, 5) end
function record.lease_ms(job) return term(job, 1, 30000) end
function record.ttl_ms(job) return term(job, 2, 0) end
