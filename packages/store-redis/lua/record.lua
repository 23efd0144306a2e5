-- The packed record of a job, layout 2. docs/protocol.md has the table; job-record.ts of the protocol is the other side. Nothing else
-- knows the layout.
--
--   head: version state at flags
--   run, in front of the record as it was enqueued, from the first lease on:
--     head token lastToken lastOutcome attempt spent undelivered lost ownerBytes reasonBytes noteBytes owner reason note
--   base: head priority queueBytes queue created checksum traits terms specBytes spec [extraBytes extra]
--   body
--
-- Once there is a run, the head that counts is the run's. Redis's Lua hashes every byte of every string it makes, so a step costs
-- what it makes of long strings: a first lease puts a run before the record it has, and only that is a long string.

local record = {}

local READY, SCHEDULED, LEASED, COMPLETED, DEAD, CANCELLED, EXPIRED = 0, 1, 2, 3, 4, 5, 6
local CANCEL_REQUESTED, DELIVERED, STARTED, APART, RESULT = 1, 2, 4, 8, 16
local ATTEMPTS, LEASE, TTL, TIMEOUT, BACKOFF, BACKOFF_MAX, MOVED, EXTRA = 1, 2, 4, 8, 16, 32, 64, 128
-- As NEVER_MS of the protocol: the end of a lease that never ends by itself.
local NEVER_MS = 281474976710655
local NO_TOKEN = string.rep('\0', 12)

local VERSION = 2
local HEAD = '>BBI6B'
local RUN = '>BBI6Bc12c12BI4I2BBI2I2I2'
local BASE = '>BBc0I6I4BBB'
local HEAD_BYTES, RUN_BYTES, CREATED_TO_SPEC = 9, 48, 13

local sub, byte, char = string.sub, string.byte, string.char
local band, bor, bnot = bit.band, bit.bor, bit.bnot

local function read_run(packed)
  local version, state, due, flags, token, last, outcome, attempt, spent, undelivered, lost, owner, reason, note, at =
    unpack_bytes(RUN, packed)
  local reason_at = at + owner
  local note_at = reason_at + reason
  local base = note_at + note
  return {
    packed = packed, version = version, state = state, at = due, flags = flags, token = token, last = last, outcome = outcome,
    attempt = attempt, spent = spent, undelivered = undelivered, lost = lost, owner = sub(packed, at, reason_at - 1),
    reason = sub(packed, reason_at, note_at - 1), note = sub(packed, note_at, base - 1), base = base,
  }
end

local function read_fresh(packed)
  local version, state, due, flags = unpack_bytes(HEAD, packed)
  return {
    packed = packed, version = version, state = state, at = due, flags = flags, token = NO_TOKEN, last = NO_TOKEN, outcome = 0,
    attempt = 0, spent = 0, undelivered = 0, lost = 0, owner = '', reason = '', note = '', base = 1,
  }
end

local function read(packed)
  local job = (band(byte(packed, HEAD_BYTES), STARTED) == 0 and read_fresh or read_run)(packed)
  local spec_bytes
  job.priority, job.queue, job.created, job.checksum, job.traits, job.terms, spec_bytes, job.spec =
    unpack_bytes(BASE, packed, job.base + HEAD_BYTES)
  job.body = job.spec + spec_bytes
  job.spec_end = job.body
  if band(job.terms, EXTRA) ~= 0 then job.body = job.body + 2 + unpack_bytes('>I2', packed, job.body) end
  return job
end

local function is_sound(job)
  local body_bytes = #job.packed - job.body + 1
  return job.version == VERSION and job.state <= EXPIRED and job.priority <= 9 and body_bytes >= 0
    and (band(job.flags, APART) == 0 or body_bytes >= 4)
end

-- The fields of a record; nil when there is none, or it is not one: such a record is left as it is, and nothing is done by it.
function record.read(packed)
  if not packed then return nil end
  local ok, job = pcall(read, packed)
  return ok and is_sound(job) and job or nil
end

-- The record of the fields, with another body when one is given.
function record.write(job, body)
  local base = body and sub(job.packed, job.base, job.body - 1) .. body or sub(job.packed, job.base)
  if band(job.flags, STARTED) == 0 then
    return pack(HEAD, VERSION, job.state, job.at, job.flags) .. sub(base, HEAD_BYTES + 1)
  end
  return pack(RUN, VERSION, job.state, job.at, job.flags, job.token, job.last, job.outcome, job.attempt, job.spent,
    job.undelivered, job.lost, #job.owner, #job.reason, #job.note) .. job.owner .. job.reason .. job.note .. base
end

-- What a worker is handed of a record that was just written: no reason of an earlier failure, which may be long.
function record.for_worker(job, packed)
  if #job.reason + #job.note == 0 then return packed end
  local reason, note = job.reason, job.note
  job.reason, job.note = '', ''
  local told = record.write(job)
  job.reason, job.note = reason, note
  return told
end

function record.has(job, flag) return band(job.flags, flag) ~= 0 end

function record.flag(job, flag, on)
  job.flags = on and bor(job.flags, flag) or band(job.flags, bnot(flag))
end

-- Bytes of the payload, wherever it is kept.
function record.payload_bytes(job)
  if record.has(job, APART) then return (unpack_bytes('>I4', job.packed, job.body)) end
  return #job.packed - job.body + 1
end

local TERM_BYTES = { [ATTEMPTS] = 2, [LEASE] = 4, [TTL] = 6, [TIMEOUT] = 4, [BACKOFF] = 4, [BACKOFF_MAX] = 4 }
local TERM_FORMATS = { [ATTEMPTS] = '>I2', [LEASE] = '>I4', [TTL] = '>I6' }

-- `terms` has a bit for each term that is written; what one means that is not, `otherwise` says.
local function term(job, which, otherwise)
  if band(job.terms, which) == 0 then return otherwise end
  local at = job.spec
  if which > ATTEMPTS and band(job.terms, ATTEMPTS) ~= 0 then at = at + 2 end
  if which > LEASE and band(job.terms, LEASE) ~= 0 then at = at + 4 end
  if at + TERM_BYTES[which] > job.spec_end then return otherwise end
  return (unpack_bytes(TERM_FORMATS[which], job.packed, at))
end

-- nil: as the queue says.
function record.attempts(job) return term(job, ATTEMPTS, nil) end
function record.lease_ms(job) return term(job, LEASE, nil) end
function record.ttl_ms(job) return term(job, TTL, 0) end

-- Bytes of the terms that are written and come before `which`; of all without one.
local function terms_before(terms, which)
  local bytes = 0
  for term_of, some in pairs(TERM_BYTES) do
    if band(terms, term_of) ~= 0 and (not which or term_of < which) then bytes = bytes + some end
  end
  return bytes
end

-- The spec of a job with its length and the terms before it.
function record.spec_of(job) return sub(job.packed, job.spec - 2, job.spec_end - 1) end

-- The same of a new record from its checksum on.
function record.new_spec(rest) return sub(rest, 6, 7 + byte(rest, 7)) end

-- The shortest spec there is with this name, and the name of any.
function record.spec_for(name) return pack('>BBc0', 0, #name, name) end

function record.name_of(spec)
  local at = 3 + terms_before(byte(spec))
  if band(byte(spec), MOVED) ~= 0 then at = at + 1 + (byte(spec, at) or 0) end
  return sub(spec, at)
end

-- A spec with another time to live, or with none for 0, and the terms that say so.
local function with_ttl(terms, spec, ttl_ms)
  local before = terms_before(terms, TTL)
  local behind = before + (band(terms, TTL) ~= 0 and TERM_BYTES[TTL] or 0) + 1
  if ttl_ms == 0 then return band(terms, bnot(TTL)), sub(spec, 1, before) .. sub(spec, behind) end
  return bor(terms, TTL), sub(spec, 1, before) .. pack('>I6', ttl_ms) .. sub(spec, behind)
end

-- A new record from its checksum on, with another time to live.
function record.new_with_ttl(rest, ttl_ms)
  local terms, spec_bytes = byte(rest, 6, 7)
  local told, spec = with_ttl(terms, sub(rest, 8, 7 + spec_bytes), ttl_ms)
  return sub(rest, 1, 5) .. char(told, #spec) .. spec .. sub(rest, 8 + spec_bytes)
end

-- Writes what a job was enqueued with anew.
local function rebase(job, queue, terms, spec)
  local front = sub(job.packed, job.base, job.base + HEAD_BYTES - 1)
    .. pack('>BBc0I6I4BBB', job.priority, #queue, queue, job.created, job.checksum, job.traits, terms, #spec)
  local extra_bytes = job.body - job.spec_end
  job.packed = front .. spec .. sub(job.packed, job.spec_end)
  job.queue, job.terms, job.base, job.spec, job.spec_end = queue, terms, 1, #front + 1, #front + #spec + 1
  job.body = job.spec_end + extra_bytes
end

-- Takes its time to live from a job.
function record.outlive(job)
  if band(job.terms, TTL) == 0 then return end
  rebase(job, job.queue, with_ttl(job.terms, sub(job.packed, job.spec, job.spec_end - 1), 0))
end

-- Makes it a job of another queue, where it does not expire. Its checksum was made for the queue it came from first.
function record.move(job, queue)
  record.outlive(job)
  local terms, spec = job.terms, sub(job.packed, job.spec, job.spec_end - 1)
  if band(terms, MOVED) == 0 then
    local names = terms_before(terms)
    spec = sub(spec, 1, names) .. pack('>Bc0', #job.queue, job.queue) .. sub(spec, names + 1)
    terms = bor(terms, MOVED)
  end
  rebase(job, queue, terms, spec)
end

-- What follows makes new records, and does for the two moves that most jobs make what `read` and `write` do for all, without taking
-- the record apart.

local function front(state, at, flags, priority, queue)
  return pack('>BBI6BBBc0', VERSION, state, at, flags, priority, #queue, queue)
end

-- What stands before the checksum in the records of new jobs.
function record.new_front(state, at, flags, priority, queue, created) return front(state, at, flags, priority, queue) .. pack('>I6', created) end

-- Bytes of the payload of a new record from its checksum on.
function record.new_bytes(rest, flags)
  local spec_bytes = byte(rest, 7)
  if flags == APART then return (unpack_bytes('>I4', rest, 8 + spec_bytes)) end
  return #rest - 7 - spec_bytes
end

-- What a plain record begins with: a ready one that has never run and has its payload with it. Since when it is ready does not matter.
function record.plain_front(priority, queue)
  local whole = front(READY, 0, 0, priority, queue)
  return { whole = whole, bytes = #whole, state = sub(whole, 1, 2), rest = sub(whole, HEAD_BYTES) }
end

local function begins_plain(packed, plain)
  return sub(packed, 1, plain.bytes) == plain.whole
    or (sub(packed, 1, 2) == plain.state and sub(packed, HEAD_BYTES, plain.bytes) == plain.rest)
end

-- Bytes of the payload of a record that begins so and has no time to live, and its spec; nil of any other.
function record.plain_bytes(packed, plain)
  if not begins_plain(packed, plain) then return nil end
  local at = plain.bytes
  local terms, spec_bytes = byte(packed, at + CREATED_TO_SPEC - 1, at + CREATED_TO_SPEC)
  if not spec_bytes or band(terms, TTL + EXTRA) ~= 0 then return nil end
  local bytes = #packed - at - CREATED_TO_SPEC - spec_bytes
  if bytes < 0 then return nil end
  return bytes, sub(packed, at + CREATED_TO_SPEC - 1, at + CREATED_TO_SPEC + spec_bytes)
end

-- What is put before plain records at their first lease: with the increasing part of the token between the two.
function record.first_run(ends, owner, nonce)
  return pack(HEAD, VERSION, LEASED, ends, STARTED), nonce .. NO_TOKEN .. pack('>BI4I2BBI2I2I2', 0, 1, 0, 0, 0, #owner, 0, 0) .. owner
end

-- What the records of jobs that are completed at one time begin with, by their flags.
function record.completed_heads(now)
  return setmetatable({}, { __index = function(heads, flags)
    heads[flags] = pack(HEAD, VERSION, COMPLETED, now, flags)
    return heads[flags]
  end })
end

-- The queue of a job that this token holds and that has its payload with it, its record when it is completed, and its spec; nil of any
-- other.
function record.complete(packed, heads, token, result)
  if sub(packed, 10, 21) ~= token or byte(packed, 2) ~= LEASED then return nil end
  local flags = byte(packed, HEAD_BYTES)
  if band(flags, STARTED + APART) ~= STARTED or #packed < RUN_BYTES then return nil end
  local owner_bytes, reason_bytes, note_bytes, owner = unpack_bytes('>I2I2I2', packed, RUN_BYTES - 5)
  local queue = owner + owner_bytes + reason_bytes + note_bytes + HEAD_BYTES + 2
  local created = queue + (byte(packed, queue - 1) or 0)
  local terms, spec_bytes = byte(packed, created + CREATED_TO_SPEC - 2, created + CREATED_TO_SPEC - 1)
  if not spec_bytes or band(terms, EXTRA) ~= 0 then return nil end
  local kept = sub(packed, 35, created + CREATED_TO_SPEC + spec_bytes - 1)
  local completed = result and heads[bor(flags, RESULT)] .. token .. token .. '\1' .. kept .. result
    or heads[flags] .. token .. token .. '\0' .. kept
  return sub(packed, queue, created - 1), completed,
    sub(packed, created + CREATED_TO_SPEC - 2, created + CREATED_TO_SPEC + spec_bytes - 1)
end
