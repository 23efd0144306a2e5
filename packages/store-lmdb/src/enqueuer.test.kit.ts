import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { someJobs } from './lmdb.test.kit.js';
import { openLmdbStore } from './open-lmdb-store.js';

/**
 * A process that enqueues in the directory it is given, several calls at a time, each a job and a copy of it for another queue, and writes
 * each id to its output when it was acknowledged: at once, so that what stands there was acknowledged whatever becomes of the process.
 */
const AT_ONCE = 20;
const [, , path = '', from = ''] = argv;
const store = await openLmdbStore({ path, shards: 1, reserveBytes: 4_096 });
let next = 0;

async function enqueueForEver(): Promise<never> {
  for (;;) {
    const id = `${from}-${++next}`;
    const payload = new Uint8Array(next % 5 === 0 ? 2_000 : 100).fill(next % 256);
    await store.enqueue([...someJobs(1, { id, payload }), ...someJobs(1, { id: `${id}-copy`, queue: 'copies', payload })]);
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, enqueueForEver));
