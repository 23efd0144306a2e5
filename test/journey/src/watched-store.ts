import type { JobStore } from '@tiercel/store';
import { audit, countAll } from './audit.js';
import type { Entry } from './entry.js';
import type { Judge } from './judge.js';
import type { Ledger } from './ledger.js';

export interface WatchOptions {
  readonly store: JobStore;
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly tenants: readonly string[];
  /** A line for the trace. */
  readonly note: (line: string) => void;
}

/** Calls between two audits of all there is. */
const AUDIT_EVERY = 64;

/**
 * The storage with the ledger at its door: every call that is applied is judged at once, and what it may have touched is compared with
 * what the storage now says. Nothing else happens in between, since each call is an event of its own in virtual time.
 */
export function watchedStore({ store, ledger, judge, tenants, note }: WatchOptions): JobStore {
  let calls = 0;
  async function judged(line: string, touched: Entry[]): Promise<void> {
    if (line !== '') note(line);
    if (++calls % AUDIT_EVERY !== 0) return touched.length > 0 ? audit(store, ledger, judge, touched) : undefined;
    await audit(store, ledger, judge, ledger.entries.values());
    await countAll(store, ledger, judge, tenants);
  }

  return {
    ...store,
    async enqueue(batch) {
      const verdicts = await store.enqueue(batch);
      await judged(
        `enqueue ${batch.map(({ tenant, id }, at) => `${tenant}/${id} ${verdicts[at]!.code}`)}`,
        ledger.enqueued(batch, verdicts),
      );
      return verdicts;
    },
    async reserve(request) {
      const reserved = await store.reserve(request);
      const got = reserved.jobs.map(({ tenant, id, token }) => `${tenant}/${id} ${token}`);
      await judged(`reserve ${request.owner} ${got}`, ledger.reserved(request, reserved));
      return reserved;
    },
    async extend(batch) {
      const codes = await store.extend(batch);
      await judged(
        `extend ${batch.map(({ tenant, id, token }, at) => `${tenant}/${id} ${token} ${codes[at]}`)}`,
        ledger.extended(batch, codes),
      );
      return codes;
    },
    async settle(batch) {
      const codes = await store.settle(batch);
      const lines = batch.map(({ tenant, id, token, outcome }, at) => `${outcome} ${tenant}/${id} ${token} ${codes[at]}`);
      await judged(`settle ${lines}`, ledger.settled(batch, codes));
      return codes;
    },
    async promote(shard, limit) {
      const swept = await store.promote(shard, limit);
      await judged(swept.moved > 0 ? `promote ${shard} ${swept.moved}` : '', ledger.promoted(shard, swept));
      return swept;
    },
    async reap(shard, limit, gone) {
      const swept = await store.reap(shard, limit, gone);
      await judged(swept.moved > 0 ? `reap ${shard} ${swept.moved}` : '', ledger.reaped(shard, gone?.owners ?? [], swept));
      return swept;
    },
    async prune(shard, limit) {
      const swept = await store.prune(shard, limit);
      await judged(swept.moved > 0 ? `prune ${shard} ${swept.moved}` : '', ledger.pruned(shard, swept));
      return swept;
    },
    async control(tenant, queue, change) {
      const pairs = await store.control(tenant, queue, change);
      ledger.controlled(tenant, queue, change);
      await judged(`control ${tenant}/${queue} ${JSON.stringify(change)} ${pairs}`, []);
      return pairs;
    },
    async cancel(tenant, ids) {
      const verdicts = await store.cancel(tenant, ids);
      await judged(`cancel ${tenant} ${ids} ${verdicts.map(({ code }) => code)}`, ledger.cancelled(tenant, ids, verdicts));
      return verdicts;
    },
    async revive(tenant, ids) {
      const verdicts = await store.revive(tenant, ids);
      await judged(`revive ${tenant} ${ids} ${verdicts.map(({ code }) => code)}`, ledger.revived(tenant, ids, verdicts));
      return verdicts;
    },
  };
}
