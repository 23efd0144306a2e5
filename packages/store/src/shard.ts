/** The shard of a tenant: FNV-1a (32 bit) of its name, modulo `shards`. Never changes for an installation. */
export function shardOf(tenant: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < tenant.length; at++) hash = Math.imul(hash ^ tenant.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}
