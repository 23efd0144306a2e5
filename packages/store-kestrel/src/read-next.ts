import { codeOf, LIMITS } from '@tiercel/protocol';
import type { Want } from '@tiercel/store';
import type { OpenRead } from './open-read.js';
import type { Parts } from './parts.js';
import { isExpired, type StoredJob } from './stored-job.js';
import type { Taken } from './taken.js';

/** What one reserve looks at that it does not hand out. */
const MOST_PASSED_OVER = 1_000;

type Pair = Pick<Want, 'tenant' | 'queue'>;

/**
 * The next job of a queue that may start, whoever's it is. What cannot be read as a job of the queue is set aside; what is past its time to live is gone.
 * Throws STORAGE_UNAVAILABLE.
 */
export async function readNext(parts: Parts, want: Pair): Promise<Taken | undefined> {
  const { kept, servers, tokens } = parts;
  const handed = kept.take(want);
  if (handed) return handed;
  const name = nameIn(parts, want);
  if (name === undefined || isOthersTurn(parts, want)) return undefined;
  for (let passed = 0; passed < MOST_PASSED_OVER; passed++) {
    const read = await servers.read(name);
    if (read === undefined) return undefined;
    const job = jobIn(parts, read);
    const nowMs = tokens.now();
    if (job && job.dueAtMs > nowMs)
      await kept.put({ read, job, isChanged: true }, 'later'); // somebody moved it
    else if (job && !isExpired(job, nowMs)) return { read, job, isChanged: false };
    else if (job)
      await read.close().catch(() => {}); // then it comes again, and is over as it is now
    else if (!(await isSetAside(parts, want, read))) return undefined;
  }
  return undefined;
}

/** What is larger than any message cannot be handed out. */
function jobIn({ form }: Parts, { item, name }: OpenRead): StoredJob | undefined {
  const job = form.read(item, name);
  return job && job.payload.length <= LIMITS.payloadMostBytes ? job : undefined;
}

/** How many jobs there are to read now. */
export function readyOf(parts: Parts, pair: Pair): number {
  const name = nameIn(parts, pair);
  if (name === undefined || parts.pool.room <= 0 || isOthersTurn(parts, pair)) return 0;
  return parts.servers.waiting(name) + parts.kept.ready(pair);
}

/** `undefined` when servers would not take it, so that there can be no such queue. */
function nameIn({ form }: Parts, pair: Pair): string | undefined {
  try {
    return form.nameOf(pair);
  } catch (error) {
    if (codeOf(error) !== 'BAD_NAME') throw error;
    return undefined;
  }
}

/** In a queue of several tenants the next job was read, and is another's: whoever read on would open them all. */
const isOthersTurn = ({ form, kept }: Parts, pair: Pair): boolean =>
  form.mixed && kept.ready(pair) === 0 && kept.hasQueue(pair.queue);

/** Where it can be put nowhere else it stays the next, and nothing is dropped. */
async function isSetAside({ returns, onEvent }: Parts, { tenant }: Pair, read: OpenRead): Promise<boolean> {
  const isAside = await returns.setAside(read);
  const reason = `CORRUPT: an item of ${read.name} is no job${isAside ? '' : ', and cannot be set aside'}`;
  onEvent({ kind: 'quarantined', tenant, id: '', reason });
  return isAside;
}
