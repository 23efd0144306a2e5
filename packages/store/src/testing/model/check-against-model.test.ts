import { STATES } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../memory/memory-store.js';
import type { OpenJobStore, OpenOptions } from '../setup.js';
import { checkAgainstModel } from './check-against-model.js';
import { PLANTED, type Plant } from './planted.test.kit.js';
import { openWithin, PLANTED_WITHIN } from './planted-within.test.kit.js';

const SEED = 20_260_101;
/** Within so many sequences of 60 commands each planted bug must be found. */
const ENOUGH = 60;
/** So often each kind of answer must occur in so many sequences. */
const AT_LEAST = 3;
const OCCUR_IN = 120;
/** For a machine that does much else. */
const PATIENT = { timeout: 60_000 };

test('the memory driver does not differ from itself, and everything a store can answer occurs', PATIENT, async () => {
  const seen = await checkAgainstModel(openPlain, { sequences: OCCUR_IN, commands: 60, seed: SEED });

  const verdicts = [
    ...['OK', 'DUPLICATE', 'DUPLICATE_ID', 'QUEUE_FULL', 'PAYLOAD_TOO_LARGE'].map((code) => `enqueue ${code}`),
    ...['OK', 'CANCEL', 'LEASE_LOST'].map((code) => `extend ${code}`),
    ...['OK', 'OK_ALREADY', 'LEASE_LOST'].map((code) => `settle ${code}`),
    ...['OK cancelled', 'OK leased', 'NOT_FOUND ', 'WRONG_STATE dead'].map((verdict) => `cancel ${verdict}`),
    ...['OK', 'NOT_FOUND', 'WRONG_STATE'].map((code) => `revive ${code}`),
    ...['OK', 'NOT_FOUND', 'WRONG_STATE'].map((code) => `forget ${code}`),
    ...['promote', 'reap', 'prune'].map((sweep) => `${sweep} moved`),
    ...['reserve several', 'reserve a suspect', 'reserve a job that moved'],
    ...['purge removed', 'purge more', 'purge quarantined', 'quarantined', 'control resumed', 'together'],
    ...['cancelled DISCARDED', 'dead EXPIRED'],
    ...STATES.map((state) => `state ${state}`),
  ];
  expect(verdicts.filter((verdict) => (seen.get(verdict) ?? 0) < AT_LEAST)).toEqual([]);
});

test('the same seed plays the same sequences', async () => {
  const check = { sequences: 5, commands: 60, seed: 3 };

  expect(await checkAgainstModel(openPlain, check)).toEqual(await checkAgainstModel(openPlain, check));
});

test('a difference is told with the seed and path that play it again, and a short sequence', PATIENT, async () => {
  const report = await reportOn(PLANTED['a release to the head goes to the tail']!, {
    sequences: ENOUGH,
    seed: SEED,
    shrinkRuns: 300,
  });

  const [, path] = /path: '([\d:]+)'/.exec(report)!;
  const again = await reportOn(PLANTED['a release to the head goes to the tail']!, {
    sequences: ENOUGH,
    seed: SEED,
    path: path!,
    shrinkRuns: 0,
  });

  expect(report).toContain(`seed: ${SEED}`);
  expect(report.split('\n').filter((line) => line.startsWith('  {')).length).toBeLessThan(25);
  expect(again.split('\n').slice(3)).toEqual(report.split('\n').slice(3));
});

for (const [bug, plant] of Object.entries(PLANTED)) {
  test(`a planted bug is found: ${bug}`, PATIENT, async () => {
    const report = await reportOn(plant, { sequences: ENOUGH, seed: SEED, shrinkRuns: 0 });

    expect(report).toContain('the store differs from the model');
  });
}

for (const [bug, plant] of Object.entries(PLANTED_WITHIN)) {
  test(`a planted bug is found: ${bug}`, PATIENT, async () => {
    const report = await reportOf(openWithin(plant), { sequences: ENOUGH, seed: SEED, shrinkRuns: 0 });

    expect(report).toContain('the store differs from the model');
  });
}

test('what is built of shards to plant bugs in does not differ without one', PATIENT, async () => {
  await checkAgainstModel(
    openWithin(() => ({})),
    { sequences: 10, commands: 60, seed: SEED },
  );
});

/** What a check of a store with a planted bug says. */
function reportOn(plant: Plant, check: Check): Promise<string> {
  return reportOf(async (options) => {
    const store = openMemoryStore(options);
    return { store: { ...store, ...plant(store, options) }, close: () => store.close() };
  }, check);
}

type Check = { readonly sequences: number; readonly seed: number; readonly path?: string; readonly shrinkRuns: number };

const reportOf = (open: OpenJobStore, check: Check): Promise<string> =>
  checkAgainstModel(open, { commands: 60, ...check }).then(
    () => 'no difference found',
    (error: Error) => error.message,
  );

async function openPlain(options: OpenOptions) {
  const store = openMemoryStore(options);
  return { store, close: () => store.close() };
}
