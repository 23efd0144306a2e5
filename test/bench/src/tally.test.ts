import { expect, test } from 'vitest';
import { nowMs } from './clock.js';
import { jobData } from './job-data.js';
import { GRAIN, Tally } from './tally.js';

const SOON_MS = 1;

function finish(tally: Tally, from: number, to: number): void {
  for (let n = from; n <= to; n++) {
    tally.started(jobData(n));
    tally.acked();
  }
}

test('a count that was reached is told with its time, also later', async () => {
  const [tally, fromMs] = [new Tally(), nowMs()];
  const reached = tally.reached(GRAIN, SOON_MS);
  finish(tally, 1, GRAIN);
  const atMs = await reached;
  finish(tally, GRAIN + 1, 2 * GRAIN);

  expect(atMs).toBeGreaterThan(fromMs);
  expect(await tally.reached(GRAIN, SOON_MS)).toBe(atMs);
  expect(await tally.reached(2 * GRAIN, SOON_MS)).toBeGreaterThanOrEqual(atMs);
});

test('a job that is performed twice counts once, and its second call as a duplicate', async () => {
  const tally = new Tally();
  finish(tally, 1, GRAIN - 1);
  finish(tally, 1, 1);

  expect(tally.counts).toEqual({ started: GRAIN, distinct: GRAIN - 1, acked: GRAIN });
  await expect(tally.reached(GRAIN, SOON_MS)).rejects.toThrow(/^jobs were lost: of 100 99 were performed \(100 calls\)/);
});

test('a job that was performed and not acknowledged is not finished', async () => {
  const tally = new Tally();
  finish(tally, 1, GRAIN - 1);
  tally.started(jobData(GRAIN));

  await expect(tally.reached(GRAIN, SOON_MS)).rejects.toThrow(/100 were performed .* 99 acknowledged/);
});

test('latencies are kept from when they are asked for, and count from the enqueue call', () => {
  const tally = new Tally();
  finish(tally, 1, 5);
  tally.time();
  const data = jobData(6);
  tally.started(data);
  tally.acked(data);

  const { start, ack } = tally.latencies;
  expect([start.length, ack.length]).toEqual([1, 1]);
  expect(start[0]).toBeGreaterThanOrEqual(0);
  expect(ack[0]).toBeGreaterThanOrEqual(start[0] as number);
  expect(ack[0]).toBeLessThan(1_000);
});

test.each([1, 99, 9_999_999])('the data of job %i is 200 bytes as JSON', (n) => {
  expect(JSON.stringify(jobData(n))).toHaveLength(200);
});
