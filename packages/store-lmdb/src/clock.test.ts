import { VirtualClock } from '@tiercel/actors/testing';
import type { StoreEvent } from '@tiercel/store';
import { expect, test } from 'vitest';
import { freeBytesOf } from './disk.js';
import { LmdbJournal } from './journal.js';
import { aDirectory, openStore, reserveSome, someJobs, TENANT } from './lmdb.test.kit.js';

/** The clock of a machine, which somebody sets. */
class SetClock extends VirtualClock {
  byMs = 0;
  override now(): number {
    return super.now() + this.byMs;
  }
}

async function setup() {
  const [clock, events] = [new SetClock(), [] as StoreEvent[]];
  const machine = { clock, freeBytes: freeBytesOf, openJournal: LmdbJournal.open };
  const store = await openStore({ path: await aDirectory(), onEvent: (event) => events.push(event) }, machine);
  return { clock, store, jumps: () => events.filter(({ kind }) => kind === 'clock-jump') };
}

test('a clock of the machine that is set back is told, and jobs stand where they stood', async () => {
  const { clock, store, jumps } = await setup();
  await store.enqueue(someJobs(1, { delayMs: 1_000 }));
  const [before] = await store.find(TENANT, ['job-0'], { payload: false });

  clock.byMs = -3_600_000;
  await store.enqueue([{ ...someJobs(1, { delayMs: 1_000 })[0]!, id: 'later' }]);

  expect(jumps()).toEqual([{ kind: 'clock-jump', byMs: -3_600_000 }]);
  expect(store.status.clockJumpMs).toBe(-3_600_000);
  expect((await store.find(TENANT, ['later'], { payload: false }))[0]!.atMs).toBe(before!.atMs);
});

test('one that is set forward is told, and what is due then is due', async () => {
  const { clock, store, jumps } = await setup();
  await store.enqueue(someJobs(1, { delayMs: 60_000 }));

  clock.byMs = 60_000;
  await store.promote(0, 10);

  expect(jumps()).toEqual([{ kind: 'clock-jump', byMs: 60_000 }]);
  expect(await reserveSome(store)).toHaveLength(1);
});

test('time that goes by is no jump', async () => {
  const { clock, store, jumps } = await setup();

  for (let hours = 0; hours < 3; hours++) {
    await store.promote(0, 10);
    await clock.advance(3_600_000);
  }

  expect([jumps(), store.status.clockJumpMs]).toEqual([[], 0]);
});
