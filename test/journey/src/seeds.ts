import { expect, test } from 'vitest';
import { type CoverageTable, KINDS } from './coverage.js';
import { report } from './report.js';
import { runSeed } from './run-seed.js';

Error.stackTraceLimit = 0;

/** How many seeds are played in all; `TIERCEL_SEEDS`, 1,000 by default. */
const SEEDS = Number(process.env.TIERCEL_SEEDS || 1_000);
/** One seed in so many is played twice. */
const TWICE_EVERY = 20;
/** From so many worlds on each kind must have been seen: the rarest is seen in one of about twenty. */
const ENOUGH_WORLDS = 400;

/** Plays `count` seeds from `from` on, as one test. */
function testSeeds(from: number, count: number, table: CoverageTable): void {
  test(`seeds ${from} to ${from + count - 1}: no invariant is violated, and a seed played again leaves the same trace`, async () => {
    const failures: string[] = [];
    for (let seed = from; seed < from + count; seed++) {
      const outcome = await runSeed(seed);
      table.add(outcome.coverage);
      if (!outcome.ok) failures.push(report(outcome));
      if (seed % TWICE_EVERY === 0) expect((await runSeed(seed)).traceHash, `trace of seed ${seed}`).toBe(outcome.traceHash);
    }
    for (const failure of failures) console.error(failure);
    expect(failures).toEqual([]);
  });
}

function testCoverage(table: CoverageTable): void {
  test(`every kind of fault had an effect and every way through the life of a job was taken (from ${ENOUGH_WORLDS} seeds on)`, () => {
    console.log(`${table}`);
    if (table.worlds >= ENOUGH_WORLDS) expect(table.missing()).toEqual([]);
    else expect(table.missing().length).toBeLessThan(KINDS.length);
  });
}

const BLOCKS = 5;

/** One of `parts` equal parts of all seeds, each a file, so that each has a process of its own. */
export function testPart(part: number, parts: number, table: CoverageTable): void {
  const edge = (block: number) => Math.floor((SEEDS * (part * BLOCKS + block)) / (parts * BLOCKS));
  for (let block = 0; block < BLOCKS; block++) {
    const from = edge(block);
    const count = edge(block + 1) - from;
    if (count > 0) testSeeds(from + 1, count, table);
  }
  testCoverage(table);
}
