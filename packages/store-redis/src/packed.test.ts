import { packAcks, packBatch, type Settlement } from '@tiercel/protocol';
import { aJob } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { enqueuePacked, writeBatch, writeJobs } from './enqueue.js';
import { settlePacked, writeAcks, writeLeases, writeSettlement } from './lease.js';
import type { ShardCaller } from './shard-caller.js';

const JOBS = [
  aJob({ id: 'a' }),
  aJob({ id: '01890a5d-ac96-774b-bcce-b302099a8057', name: 'other', payload: new Uint8Array(512) }),
  aJob({ id: 'b', queue: 'later', delayMs: 5, ttlMs: 7, attempts: 3, timeoutMs: 9 }),
  aJob({ id: 'c', queue: 'later', delayMs: 5, ttlMs: 7 }),
];
const TOKEN = '0123456789abcdef01234567';
const ACKS = ['a', '01890a5d-ac96-774b-bcce-b302099a8057'].flatMap((id, place) => [
  { tenant: 'acme', id, token: TOKEN, outcome: 'ack' as const },
  { tenant: 'globex', id, token: TOKEN, outcome: 'ack' as const, result: new Uint8Array(place) },
]);

test('a packed batch is written as the jobs it is of', () => {
  expect(writeBatch('acme', packBatch(JOBS))).toEqual(writeJobs(JOBS.map((job) => ({ ...job, tenant: 'acme' }))));
});

test('packed acknowledgements are written as the settlements they are', () => {
  expect(writeAcks(packAcks(ACKS))).toEqual(writeLeases<Settlement>(ACKS, writeSettlement));
});

/** Answers with a zero for each item, and keeps what it was called with. */
function caller(): ShardCaller & { readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  return {
    calls,
    look: () => Promise.reject(new Error('nobody looks')),
    step: async (...given) => Buffer.alloc(calls.push(given) && 8),
  };
}

test('where a payload is kept apart the batch is written job by job', async () => {
  const large = [aJob({ tenant: 'acme', id: 'a' }), aJob({ tenant: 'acme', id: 'b', payload: new Uint8Array(513) })];
  const { calls, ...to } = caller();

  await enqueuePacked(to, 1, 'acme', packBatch(large));

  expect(calls).toEqual([['enqueue', 0, ...writeJobs(large)]]);
});

test('acknowledgements of several shards go to each', async () => {
  const { calls, ...to } = caller();

  await settlePacked(to, 4_096, packAcks(ACKS));

  expect(calls).toHaveLength(2);
});
