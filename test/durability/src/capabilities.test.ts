import { readFileSync, writeFileSync } from 'node:fs';
import { MEMORY_CAPABILITIES } from '@tiercel/store';
import { capabilityTable } from '@tiercel/store/testing';
import { KESTREL_CAPABILITIES } from '@tiercel/store-kestrel';
import { LMDB_CAPABILITIES } from '@tiercel/store-lmdb';
import { REDIS_CAPABILITIES } from '@tiercel/store-redis';
import { expect, test } from 'vitest';

const README = new URL('../../../packages/store/README.md', import.meta.url);
const BETWEEN = /(?<=<!-- capabilities -->\n).*(?=\n<!-- \/capabilities -->)/s;

/** With `TIERCEL_WRITE_DOCS=1` it is written instead. */
test('the table of drivers and capabilities says what the drivers declare', () => {
  const table = capabilityTable([MEMORY_CAPABILITIES, LMDB_CAPABILITIES, REDIS_CAPABILITIES, KESTREL_CAPABILITIES]);
  const text = readFileSync(README, 'utf8');
  if (process.env.TIERCEL_WRITE_DOCS === '1')
    writeFileSync(
      README,
      text.replace(BETWEEN, () => table),
    );

  expect(BETWEEN.exec(readFileSync(README, 'utf8'))?.[0]).toBe(table);
});
