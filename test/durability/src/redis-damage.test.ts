import { afterAll, expect, test } from 'vitest';
import { DAMAGES, damageRecords, told } from './damages.js';
import { openRedisVault } from './redis-vault.js';

const vault = await openRedisVault();
afterAll(() => vault.close());

test(`of ${DAMAGES} jobs in Redis whose records were damaged none is performed as another than was handed in`, async () => {
  const tally = await damageRecords(vault);

  console.log(`Redis: ${told(tally)}`);
  expect(tally.corrupted).toEqual([]);
  expect(tally.neighbours).toEqual([]);
  expect(tally.refused).toBeGreaterThan(DAMAGES / 20);
  expect(tally.aside).toBeGreaterThanOrEqual(tally.refused);
});
