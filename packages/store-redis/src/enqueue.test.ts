import { TiercelError } from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { enqueue } from './enqueue.js';
import { refusal } from './redis.test.kit.js';
import type { ShardCaller } from './shard-caller.js';

const SHARDS = 16;
const JOBS = [aJob({ tenant: 'acme' }), aJob({ tenant: 'globex' }), aJob({ tenant: 'acme', id: 'job-2' })];

/** Every shard stores what it is given, but those named are full. */
const fullIn = (...tenants: string[]): ShardCaller => ({
  look: () => Promise.reject(new Error('nobody looks')),
  async step(_verb, shard) {
    if (tenants.some((tenant) => shardOf(tenant, SHARDS) === shard)) throw new TiercelError('STORAGE_FULL');
    return Buffer.alloc(JOBS.length);
  },
});

test('of a batch for several shards each job says whether it was stored', async () => {
  expect(shardOf('acme', SHARDS)).not.toBe(shardOf('globex', SHARDS));

  const verdicts = await enqueue(fullIn('globex'), SHARDS, JOBS);

  expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'STORAGE_FULL', 'OK']);
});

test('a batch of which nothing was stored is refused as a whole', async () => {
  expect((await refusal(enqueue(fullIn('acme', 'globex'), SHARDS, JOBS))).code).toBe('STORAGE_FULL');
});
