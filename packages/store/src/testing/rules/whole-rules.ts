import { expect } from 'vitest';
import { aJob, numbered, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';

/** What is one step for whoever looks, and what may be trusted to fit together. */
export function wholeRules({ setup, needing }: Kit): void {
  needing('fanout')('jobs of one tenant in one batch appear together, whatever their queues', async () => {
    const ids = numbered(60);
    const { store, other } = await setup({ shards: 4 });
    const seen = new Set<number>();

    for (let round = 0; round < 5; round++) {
      const names = ids.map((id) => `${id}-${round}`);
      let isStored = false;
      const storing = store.enqueue(names.map((id, nth) => aJob({ id, queue: `q${nth % 7}` }))).then(() => {
        isStored = true;
      });
      while (!isStored) {
        const found = await other.find(TENANT, names, { payload: false });
        seen.add(found.filter((view) => view !== null).length);
      }
      await storing;
    }

    expect([...seen].filter((count) => count !== 0 && count !== ids.length)).toEqual([]);
  });

  needing('listing')('a scrub of what is as it should be mends nothing', async () => {
    const { store, clock, reserve, ack, bury, release } = await setup({
      jobs: [...numbered(9), 's'].map((id) => aJob({ id, ttlMs: id === 's' ? 5 : 0 })),
    });
    const { jobs } = await reserve({ max: 6 });
    await ack(jobs[0]!);
    await bury(jobs[1]!);
    await release(jobs[2]!, { head: true });
    await store.cancel(TENANT, ['job-9']);
    clock.advance(5);
    await reserve({ max: 1 });

    for (let page = 0, cursor = ''; page < 100; page++) {
      const scrubbed = await store.scrub(0, cursor);
      expect(scrubbed.mended).toEqual({ lost: 0, stray: 0, counts: 0, quarantined: 0 });
      cursor = scrubbed.cursor;
      if (cursor === '') return;
    }
    throw new Error('a scrub never ends');
  });
}
