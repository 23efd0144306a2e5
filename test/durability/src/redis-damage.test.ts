import { seededRandom } from '@tiercel/actors/testing';
import { afterAll, expect, test } from 'vitest';
import { emptyTally, performDamaged } from './damaged-batch.js';
import { openRedisVault } from './redis-vault.js';

/** How many records are damaged; `TIERCEL_DAMAGES`, 10,000 by default. `TIERCEL_DAMAGE_SEED` is where the dice begin. */
const DAMAGES = Number(process.env.TIERCEL_DAMAGES || 10_000);
const SEED = Number(process.env.TIERCEL_DAMAGE_SEED || 20_261_122);

const vault = await openRedisVault();
afterAll(() => vault.close());

test(`of ${DAMAGES} jobs in Redis whose records were damaged none is performed as another than was handed in`, async () => {
  const [random, tally] = [seededRandom(SEED), emptyTally()];

  for (let batch = 0; tally.damaged < DAMAGES; batch++) await performDamaged(vault, `tenant-${batch}`, random, tally);

  const { unharmed, refused } = tally;
  console.log(
    `seed ${SEED}: ${tally.damaged} damaged, ${unharmed} performed unharmed, ${refused} refused by the worker, ${tally.corrupted.length} corrupted`,
  );
  expect(tally.corrupted).toEqual([]);
  expect(tally.neighbours).toEqual([]);
  expect(refused).toBeGreaterThan(DAMAGES / 20);
});
