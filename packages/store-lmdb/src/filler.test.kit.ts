import { argv, stdout } from 'node:process';
import type { StoreEvent } from '@tiercel/store';
import { fill, RETENTION, readyIn } from './full.test.kit.js';
import { openLmdbStore } from './open-lmdb-store.js';

/** A process that fills the store in the directory it is given until that is refused, and tells in JSON how that went. */
const [, , path = ''] = argv;
let reopened: () => void = () => {};
const isReopened = new Promise<void>((resolve) => {
  reopened = resolve;
});
const onEvent = ({ kind }: StoreEvent) => void (kind === 'engine' && reopened());
const store = await openLmdbStore({ path, shards: 1, reserveBytes: 0, retention: RETENTION, onEvent });
const { acknowledged, code } = await fill(store);
await isReopened;
stdout.write(JSON.stringify({ acknowledged: acknowledged.length, code, ready: await readyIn(store) }));
await store.close();
