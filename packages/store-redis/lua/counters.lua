-- args: tenant. Answers fields `<queue>:<counter>:<name>` with their counts, and `names` with how many names are counted apart.
function verbs.counters(keys, args)
  return call('HGETALL', tenant.of({ base = keys[1], tenants = {} }, args[1]).counters)
end

-- Answers counters with their counts, of all tenants of the shard.
function verbs.totals(keys)
  return call('HGETALL', keys[1] .. ':totals')
end
