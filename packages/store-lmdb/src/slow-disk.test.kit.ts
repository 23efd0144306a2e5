import { argv, stdout } from 'node:process';
import { realClock } from '@tiercel/actors';
import { someJobs, TENANT } from './lmdb.test.kit.js';
import { openLmdbStore } from './open-lmdb-store.js';

/** Enqueues one job on a disk that is slow to sync, and tells in JSON how many milliseconds went by until that, and until a look, were answered. */
const [, , path = ''] = argv;
const store = await openLmdbStore({ path, shards: 1, reserveBytes: 0 });
const from = realClock.monotonic();
const since = () => realClock.monotonic() - from;
const [enqueuedMs, foundMs] = await Promise.all([
  store.enqueue(someJobs(1)).then(since),
  store.find(TENANT, ['job-0'], { payload: false }).then(since),
]);
const unchangedMs = await store.enqueue(someJobs(1)).then(() => since() - enqueuedMs);
stdout.write(JSON.stringify({ enqueuedMs, foundMs, unchangedMs }));
await store.close();
