import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces, outcome } from './fuzz.test.kit.js';
import { ReplyParser, RequestParser } from './index.js';
import { BOUNDS } from './transcripts.test.kit.js';

const data = fc.uint8Array({ maxLength: BOUNDS.itemBytes + 5 });
const key = fc.constantFrom('q', 'q/open', 'q/close/open/t=5', 'q/abort', 'a+b/peek', 'q/t=x', '/open');
const noise = fc.uint8Array({ maxLength: 100 });

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');
const withData = (head: string, bytes: Uint8Array, tail: string) =>
  Buffer.concat([line(`${head} ${bytes.length}`), bytes, line(tail)]);

const requests = fc.oneof(
  key.map((each) => line(`get ${each}`)),
  fc.constantFrom('stats', 'flush_all', 'delete q', 'confirm q 2', 'bogus').map(line),
  data.map((bytes) => withData('set q 0 0', bytes, '')),
  data.map((bytes) => withData('add q 0 0', bytes, '')),
  noise,
);
const replies = fc.oneof(
  fc.constantFrom('STORED', 'END', 'STAT a 1', 'VERSION 1', 'ERROR').map(line),
  data.map((bytes) => withData('VALUE q 0', bytes, '\r\nEND')),
  noise,
);
const lengths = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 5 }).filter((all) => all.some((each) => each > 0));

const PARSERS = [
  ['requests', () => new RequestParser(BOUNDS), requests],
  ['replies', () => new ReplyParser(BOUNDS), replies],
] as const;

test.each(PARSERS)('%s come out as they went in, however their bytes are cut', (_, open, steps) => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 8 }), lengths, (said, pieces) => {
      const bytes = Buffer.concat(said);
      let next = 0;
      const cut = inPieces(bytes, () => pieces[next++ % pieces.length] as number);
      expect(outcome(open(), cut)).toBe(outcome(open(), [bytes]));
    }),
  );
});

test.each(PARSERS)('%s: noise never throws, and never makes a parser hold more than its bounds', (_, open) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 500, maxLength: 1_000 }), { maxLength: 20 }), (chunks) => {
      expect(outcome(open(), chunks)).not.toMatch(/^holds/);
    }),
  );
});
