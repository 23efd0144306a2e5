import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const DOC = join(import.meta.dirname, '../../../docs/durability.md');
const text = readFileSync(DOC, 'utf8');
/** `[what the test is called](its file)`; a title that is put together when the test runs is named by a part of it. */
const named = Array.from(text.matchAll(/\[([^\]]+)\]\((\.\.\/[^)]+\.ts)\)/g), ([, title = '', file = '']) => ({ title, file }));

test('docs/durability.md says by which tests it is shown', () => {
  expect(named.length).toBeGreaterThan(10);
});

test.each(named)('$file has a test that is called “$title”', ({ title, file }) => {
  const path = join(dirname(DOC), file);
  expect(existsSync(path)).toBe(true);
  const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
  expect(source).toContain(title);
});
