import { realClock } from '@tiercel/actors';
import { expect, test } from 'vitest';
import { FUZZED, type Fuzzed, faultOf } from './fuzz.test.kit.js';
import { PLANTED, plantedParser } from './planted.test.kit.js';

/** How long the parsers are fuzzed, in turn; `TIERCEL_FUZZ_SECONDS`, 2 by default. */
const SECONDS = Number(process.env.TIERCEL_FUZZ_SECONDS || 2);
const PATIENT = { timeout: SECONDS * 1_000 + 30_000 };
/** Within so many seeds each planted fault must be found. */
const WITHIN = 200;

/** Seeds that are not those of the last run: with time they are all tried. */
const firstSeed = realClock.now();

test('a stream is understood alike however it is cut', PATIENT, () => {
  const until = realClock.monotonic() + SECONDS * 1_000;
  let seed = firstSeed;
  for (; realClock.monotonic() < until; seed++)
    for (const [what, fuzzed] of Object.entries(FUZZED))
      expect({ what, fault: faultOf(fuzzed, seed) }).toEqual({ what, fault: undefined });
  expect(seed).toBeGreaterThan(firstSeed + 10);
});

test.each(Object.entries(PLANTED))('a planted fault is found: %s', PATIENT, async (_, plant) => {
  const planted = await plantedParser(plant);

  expect(found(FUZZED.requests)).toBeUndefined();
  expect(found(planted)).toMatch(/^seed/);
});

const found = (fuzzed: Fuzzed): string | undefined => {
  for (let seed = 1; seed <= WITHIN; seed++) {
    const fault = faultOf(fuzzed, seed);
    if (fault) return fault;
  }
  return undefined;
};
