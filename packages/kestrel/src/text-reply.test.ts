import { expect, test } from 'vitest';
import { NO_TEXT_ITEM, textCount, textError, textItem, textWord } from './index.js';

const written = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString('latin1');

test.each([
  ['a count', [textCount(23)], '+23\n'],
  ['an error', [textError('Bad karma')], '-Bad karma\n'],
  ['a status', [textWord('UP')], ':UP\n'],
  ['nothing', [NO_TEXT_ITEM], '*\n'],
  ['an item', textItem(Buffer.from('hello')), ':hello\n'],
  ['any bytes', textItem(Buffer.from([0, 255, 13])), ':\x00\xff\r\n'],
  ['an empty item', textItem(new Uint8Array()), ':\n'],
  ['a large item', textItem(Buffer.alloc(100_000, 'x')), `:${'x'.repeat(100_000)}\n`],
])('%s', (_, pieces, text) => {
  expect(written(pieces)).toBe(text);
});
