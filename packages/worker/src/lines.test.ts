import { expect, test } from 'vitest';
import { splitLines } from './lines.js';

function linesOf(chunks: readonly string[], maxChars = 4): string[] {
  const lines: string[] = [];
  const splitter = splitLines(maxChars, (line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

test.each([
  { chunks: ['a\nb\n'], lines: ['a', 'b'] },
  { chunks: ['a\r\n', '\nb'], lines: ['a', '', 'b'] },
  { chunks: ['a', 'b\nc', 'd'], lines: ['ab', 'cd'] },
  { chunks: [''], lines: [] },
])('lines are found wherever they are cut: $chunks', ({ chunks, lines }) => {
  expect(linesOf(chunks)).toEqual(lines);
});

test('what a line has beyond its bound is discarded up to the next newline', () => {
  expect(linesOf(['abc', 'def', 'ghi', 'jkl\nmn\nopqrst\n'])).toEqual(['abcd', 'mn', 'opqr']);
});
