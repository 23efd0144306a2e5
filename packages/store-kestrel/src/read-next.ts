import type { Want } from '@tiercel/store';
import type { OpenRead } from './open-read.js';
import type { Parts } from './parts.js';
import { isExpired } from './stored-job.js';
import type { Taken } from './taken.js';

/** What one reserve looks at that it does not hand out. */
const MOST_PASSED_OVER = 1_000;

/**
 * The next job of a queue that may start, whoever's it is. What cannot be read as a job of the queue is set aside; what is past its time to live is gone.
 * Throws STORAGE_UNAVAILABLE.
 */
export async function readNext(parts: Parts, want: Want): Promise<Taken | undefined> {
  const { kept, servers, form, tokens } = parts;
  const handed = kept.take(want);
  if (handed) return handed;
  const name = form.nameOf(want);
  for (let passed = 0; passed < MOST_PASSED_OVER; passed++) {
    const read = await servers.read(name);
    if (read === undefined) return undefined;
    const job = form.read(read.item, name);
    if (job && !isExpired(job, tokens.now())) return { read, job, isChanged: false };
    if (job)
      await read.close().catch(() => {}); // then it comes again, and is over as it is now
    else await setAside(parts, want, read);
  }
  return undefined;
}

async function setAside({ returns, onEvent }: Parts, { tenant }: Want, read: OpenRead): Promise<void> {
  await returns.setAside(read);
  onEvent({ kind: 'quarantined', tenant, id: '', reason: `CORRUPT: an item of ${read.name} is no job` });
}
