import { fail, LIMITS, type PurgeQuery, type PurgeState, STATE_CODES } from '@tiercel/protocol';
import type { ShardCaller } from './shard-caller.js';

const QUARANTINED = 255;

/** One step; more only where it had to look at thousands of finished jobs of other states. Throws BAD_OPTION. */
export async function purge(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  { queue, states, limit }: PurgeQuery,
): Promise<{ readonly removed: number; readonly more: boolean }> {
  const wrong = states.find((state) => (state === 'quarantined') !== (queue === ''));
  if (wrong) fail('BAD_OPTION', { option: 'queue', expected: wrong === 'quarantined' ? "''" : 'a queue', got: queue });
  const most = Math.min(limit, LIMITS.purgedAtOnce);
  let [codes, removed, from] = [Buffer.from([...new Set(states)].map(codeOfState)), 0, 0];
  for (;;) {
    const reply = await caller.step('purge', shard, tenant, queue, codes, String(most - removed), String(from));
    const [gone, more, nextState, nextFrom] = reply as [number, number, number, number];
    removed += gone;
    if (nextState < 0) return { removed, more: more === 1 };
    codes = codes.subarray(nextState);
    from = nextFrom;
  }
}

const codeOfState = (state: PurgeState): number => (state === 'quarantined' ? QUARANTINED : STATE_CODES.indexOf(state));
