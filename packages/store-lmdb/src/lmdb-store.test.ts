import { checkAgainstModel, describeJobStore, describeRestart } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { open, openAndReopen } from './lmdb.test.kit.js';

describeJobStore('LMDB', open, { driver: 'lmdb' });
describeRestart('LMDB', open);

/** How many random sequences are tried; `TIERCEL_MODEL_SEQUENCES`, 300 by default. */
const SEQUENCES = Number(process.env.TIERCEL_MODEL_SEQUENCES || 300);
/** Each, on a machine that has other things to do. */
const AT_MOST_MS = 2_000;
const SEED = 20_261_122;
/** After so many calls the store is built again from the disk: about twice in a sequence, and once in the comparison at its end. */
const REOPEN_EVERY = 150;

test(
  `LMDB answers as the model does in ${SEQUENCES} sequences of 60 commands, built again from the disk in between (seed ${SEED})`,
  async () => {
    const seen = await checkAgainstModel(openAndReopen(REOPEN_EVERY), { sequences: SEQUENCES, commands: 60, seed: SEED });

    expect(seen.get('settle OK')).toBeGreaterThan(1_000);
  },
  SEQUENCES * AT_MOST_MS,
);
