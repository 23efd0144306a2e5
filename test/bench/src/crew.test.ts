import { expect, test } from 'vitest';
import { nowMs } from './clock.js';
import { Crew, type Member } from './crew.js';
import { jobData } from './job-data.js';
import { QUICK } from './sizes.js';
import { Tally } from './tally.js';
import { workerCommands } from './worker-role.js';

const SIZES = { ...QUICK, stallMs: 300 };

/** Workers that have performed these jobs each, in this process. */
function aCrew(...performed: readonly (readonly number[])[]): Crew {
  return new Crew(
    performed.map((jobs): Member => {
      const tally = new Tally();
      for (const n of jobs) {
        tally.started(jobData(n));
        tally.acked();
      }
      const commands = workerCommands(tally);
      return { ask: async <T>(kind: string, body?: unknown) => (await commands[kind]?.(body)) as T };
    }),
  );
}

test('what several have finished is counted together', async () => {
  const crew = aCrew([1, 2, 5], [3, 4]);

  expect(await crew.reach(5, SIZES)).toBeLessThanOrEqual(nowMs());
  expect(await crew.finished()).toBe(5);
  expect(await crew.duplicates()).toBe(0);
});

test('a job that two of them performed is one too many', async () => {
  expect(await aCrew([1, 2], [2, 3]).duplicates()).toBe(1);
  expect(await aCrew([1, 2, 2]).duplicates()).toBe(1);
});

test('a job that none of them performed is missed', async () => {
  await expect(aCrew([1, 2], [4]).reach(4, SIZES)).rejects.toThrow('jobs were lost: of 4 3 were performed');
});
