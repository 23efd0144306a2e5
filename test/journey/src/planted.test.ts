import { expect, test } from 'vitest';
import { findPlant } from './planting.js';
import { PLANTS } from './plants/index.js';

Error.stackTraceLimit = 0;

/** All of them with `TIERCEL_PLANTED=1`; else those that are found within so many seeds. */
const FULL = process.env.TIERCEL_PLANTED === '1';
const QUICK = 30;

for (const plant of PLANTS.filter(({ within }) => FULL || within <= QUICK)) {
  test(`planted bug: ${plant.name}: is found within ${plant.within} seeds`, async () => {
    const found = await findPlant(plant);
    if (found) console.log(`${plant.name}: found by seed ${found.seed}: ${found.violations[0]?.invariant}`);
    expect(found, 'the seed that shows it').toBeDefined();
  });
}

test(
  FULL
    ? `all ${PLANTS.length} planted bugs were tried`
    : 'only planted bugs that are found quickly were tried; TIERCEL_PLANTED=1 tries all',
  () => {
    const tried = PLANTS.filter(({ within }) => FULL || within <= QUICK);
    expect(tried.length).toBeGreaterThanOrEqual(FULL ? PLANTS.length : 5);
  },
);
