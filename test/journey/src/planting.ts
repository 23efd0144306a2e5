import type { Plant } from './plant.js';
import { runSeed, type SeedOutcome } from './run-seed.js';

/** The first seed whose world shows the bug; undefined when none of the first `within` does. */
export async function findPlant(plant: Plant, within = plant.within): Promise<SeedOutcome | undefined> {
  for (let seed = 1; seed <= within; seed++) {
    const outcome = await runSeed(seed, { plant });
    if (!outcome.ok) return outcome;
  }
  return undefined;
}
