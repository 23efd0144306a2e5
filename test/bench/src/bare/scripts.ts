// jobs: hash of id → job · ready: list of ids · leased: sorted set of ids · finished: list of ids

/** Stores the jobs of a put. */
export const PUT = `
  local at, head = cmsgpack.unpack_one(ARGV[1])
  local ids, jobs = {}, {}
  for i = 1, #head, 2 do
    local id, bytes = head[i], head[i + 1]
    ids[#ids + 1] = id
    jobs[i] = id
    jobs[i + 1] = string.sub(ARGV[1], at + 1, at + bytes)
    at = at + bytes
  end
  redis.call('HSET', 'jobs', unpack(jobs))
  redis.call('RPUSH', 'ready', unpack(ids))
  return #ids`;

/**
 * Performs a turn: finishes what is acknowledged, then takes what is wanted. Returns how many jobs were missing, and the message.
 * What is leased goes in last first: Redis searches a small sorted set from its head, and 100 ids in order took it 480 µs.
 */
export const TURN = `
  local acked = cmsgpack.unpack(ARGV[1])
  local want = table.remove(acked, 1)
  if #acked > 0 then
    if redis.call('ZREM', 'leased', unpack(acked)) < #acked then return redis.error_reply('acknowledged what was not leased') end
    redis.call('RPUSH', 'finished', unpack(acked))
  end
  local ids = want > 0 and redis.call('LPOP', 'ready', want) or {}
  if #ids == 0 then return { want, cmsgpack.pack(#acked) } end
  local now = redis.call('TIME')[1]
  local leased = {}
  for i = 1, #ids do
    leased[2 * i - 1] = now
    leased[2 * i] = ids[#ids + 1 - i]
  end
  redis.call('ZADD', 'leased', unpack(leased))
  local jobs = redis.call('HMGET', 'jobs', unpack(ids))
  return { want - #ids, cmsgpack.pack(#acked) .. table.concat(jobs) }`;
