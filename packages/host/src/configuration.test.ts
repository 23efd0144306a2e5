import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { settingsTable } from './config.js';

test('docs/configuration.md has every setting as the code has it', async () => {
  const page = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

  expect(page).toContain(settingsTable());
});
