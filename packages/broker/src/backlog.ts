import { type BacklogPage, type BacklogRequest, fail, isName, LIMITS, type ReadyPair } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';

/** Where to go on: the shard, and the pair of it that was last told. */
interface Place {
  readonly shard: number;
  readonly after?: { readonly queue: string; readonly tenant: string };
}

/** Who has ready jobs, one shard after the other from the cursor on: `limit` pairs or `LIMITS.shardsAtOnce` shards at most. */
export async function backlogPage(store: JobStore, { queue, cursor, limit }: BacklogRequest): Promise<BacklogPage> {
  let place = cursor === '' ? { shard: 0 } : readPlace(cursor, queue, store.shards);
  const pairs: ReadyPair[] = [];
  for (let looks = 0; looks < LIMITS.shardsAtOnce && place.shard < store.shards && pairs.length < limit; looks++) {
    const asked = limit - pairs.length;
    const found = await store.backlog(place.shard, { queue, limit: asked, ...(place.after && { after: place.after }) });
    pairs.push(...found);
    const last = found.at(-1);
    place = found.length < asked || !last ? { shard: place.shard + 1 } : { shard: place.shard, after: last };
  }
  return { pairs, cursor: place.shard < store.shards ? writePlace(place) : '' };
}

/** Neither name has a dot. */
const writePlace = ({ shard, after }: Place): string => (after ? `${shard}.${after.queue}.${after.tenant}` : `${shard}`);

function readPlace(cursor: string, asked: string, shards: number): Place {
  const [digits = '', queue, tenant, ...more] = cursor.split('.');
  const shard = /^\d{1,4}$/.test(digits) ? Number(digits) : shards;
  const isWhole = queue === undefined || (isName(queue) && isName(tenant) && [queue, ''].includes(asked));
  if (shard >= shards || !isWhole || more.length > 0) return fail('BAD_OPTION', { option: 'cursor', expected: 'one of a backlog' });
  return queue === undefined || tenant === undefined ? { shard } : { shard, after: { queue, tenant } };
}
