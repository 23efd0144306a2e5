import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tiercel } from 'tiercel';
import { hello } from './hello.js';

test('whoever is named is greeted', async () => {
  await using tiercel = await Tiercel.connect({ store: 'sync:' });
  await using _worker = await tiercel.work([hello]);

  const job = await tiercel.tenant('dev').enqueue(hello, { name: 'Ann' });

  assert.equal(await job.result(), 'Hello, Ann!');
});
