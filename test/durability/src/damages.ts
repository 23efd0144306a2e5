import { seededRandom } from '@tiercel/actors/testing';
import { emptyTally, performDamaged, type Tally } from './damaged-batch.js';
import type { Vault } from './vault.js';

/** How many records are damaged; `TIERCEL_DAMAGES`, 10,000 by default. `TIERCEL_DAMAGE_SEED` is where the dice begin. */
export const DAMAGES = Number(process.env.TIERCEL_DAMAGES || 10_000);
const SEED = Number(process.env.TIERCEL_DAMAGE_SEED || 20_261_122);

/** Each batch has a tenant of its own. */
export async function damageRecords(vault: Vault): Promise<Tally> {
  const [random, tally] = [seededRandom(SEED), emptyTally()];
  for (let batch = 0; tally.damaged < DAMAGES; batch++) await performDamaged(vault, `tenant-${batch}`, random, tally);
  return tally;
}

export const told = ({ damaged, unharmed, refused, aside, corrupted }: Tally): string =>
  `${damaged} damaged, ${unharmed} performed unharmed, ${refused} refused by the worker, ${aside} set aside, ${corrupted.length} corrupted (seed ${SEED})`;
