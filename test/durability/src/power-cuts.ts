import type { DurableEngine } from './engine.js';
import { type Mishap, powerCut, type Trial } from './power-cut.js';

const COUNT = Number(process.env.TIERCEL_POWER_CUTS || 10);
/**
 * How many power cuts are tried: `TIERCEL_POWER_CUTS`, 10 by default; of LMDB `TIERCEL_POWER_CUTS_LMDB`, as many by default; and as many as it
 * takes to show that the test bites. `TIERCEL_POWER_CUT_SEED` is the seed of the first; the n-th has the n-th after it.
 */
export const TRIALS = { redis: COUNT, lmdb: Number(process.env.TIERCEL_POWER_CUTS_LMDB || COUNT), biting: 3 };
const FIRST_SEED = Number(process.env.TIERCEL_POWER_CUT_SEED || 20_261_122);

/** One after the other. What fails says its seed. */
export async function powerCuts(engine: DurableEngine, count: number, mishap: Mishap = {}): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    try {
      trials.push(await powerCut(engine, seed, mishap));
    } catch (error) {
      throw new Error(`TIERCEL_POWER_CUT_SEED=${seed} TIERCEL_POWER_CUTS=1: ${(error as Error).message}`, { cause: error });
    }
  }
  return trials;
}

export function summaryOf(engine: DurableEngine, trials: readonly Trial[]): string {
  const sum = (of: (trial: Trial) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const lost = sum(({ faults }) => faults.length);
  const facts = [
    `${trials.length} power cuts (seeds ${trials[0]?.seed} … ${trials.at(-1)?.seed})`,
    `${sum(({ jobs }) => jobs)} jobs`,
    `${sum(({ promises }) => promises)} acknowledgements`,
    `${lost} broken`,
    `${sum(({ cut }) => cut.atRiskBytes)} bytes written and not flushed`,
  ];
  return `${engine.name}: ${facts.join(', ')}`;
}
