import { afterAll, expect, test } from 'vitest';
import { DAMAGES, damageRecords, told } from './damages.js';
import { openLmdbVault } from './lmdb-vault.js';

const vault = await openLmdbVault();
afterAll(() => vault.close());

test(`of ${DAMAGES} jobs in LMDB whose records were damaged none is performed as another than was handed in`, async () => {
  const tally = await damageRecords(vault);

  console.log(`LMDB: ${told(tally)}`);
  expect(tally.corrupted).toEqual([]);
  expect(tally.neighbours).toEqual([]);
  expect(tally.aside).toBeGreaterThan(DAMAGES / 20);
});
