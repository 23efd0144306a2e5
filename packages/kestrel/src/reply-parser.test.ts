import { expect, test } from 'vitest';
import { KESTREL_LIMITS, type Reply, ReplyParser } from './index.js';

/** What comes of bytes that arrive in one piece; data as text. */
function parse(text: string, bounds: { readonly lineBytes?: number; readonly itemBytes?: number } = {}) {
  const parser = new ReplyParser(bounds);
  const replies = parser.push(Buffer.from(text, 'latin1')).map(told);
  return { replies, ended: parser.ended };
}

const told = (reply: Reply) => (reply.kind === 'item' ? { ...reply, data: Buffer.from(reply.data).toString('latin1') } : reply);

const broken = { replies: [{ kind: 'broken', reason: expect.any(String) }], ended: true };

test.each<[string, object]>([
  ['STORED\r\n', { kind: 'stored' }],
  ['NOT_STORED\r\n', { kind: 'not_stored' }],
  ['DELETED\r\n', { kind: 'deleted' }],
  ['END\r\n', { kind: 'end' }],
  ['END\n', { kind: 'end' }],
  ['VALUE q 0 5\r\nhello\r\nEND\r\n', { kind: 'item', queue: 'q', data: 'hello' }],
  ['VALUE q 0 5 17\r\nhello\r\nEND\r\n', { kind: 'item', queue: 'q', data: 'hello' }],
  ['VALUE q 0 0\r\n\r\nEND\r\n', { kind: 'item', queue: 'q', data: '' }],
  ['VALUE q 0 11\r\na\r\nEND\r\nb\r\n\r\nEND\r\n', { kind: 'item', queue: 'q', data: 'a\r\nEND\r\nb\r\n' }],
  [
    'STAT uptime 5\r\nSTAT queue_q_items 2\r\nEND\r\n',
    {
      kind: 'stats',
      stats: new Map([
        ['uptime', '5'],
        ['queue_q_items', '2'],
      ]),
    },
  ],
  ['STAT queue_q_children a b\r\nEND\r\n', { kind: 'stats', stats: new Map([['queue_q_children', 'a b']]) }],
  ['VERSION 2.4.1\r\n', { kind: 'line', text: 'VERSION 2.4.1' }],
  ['Flushed all queues.\r\n', { kind: 'line', text: 'Flushed all queues.' }],
  ['ERROR\r\n', { kind: 'error', word: 'ERROR', text: 'ERROR' }],
  ['ERROR \r\n', { kind: 'error', word: 'ERROR', text: 'ERROR' }],
  ['SERVER_ERROR\r\n', { kind: 'error', word: 'SERVER_ERROR', text: 'SERVER_ERROR' }],
  [
    'CLIENT_ERROR close current item first\r\n',
    { kind: 'error', word: 'CLIENT_ERROR', text: 'CLIENT_ERROR close current item first' },
  ],
])('%j is understood', (text, reply) => {
  expect(parse(text)).toEqual({ replies: [reply], ended: false });
});

test.each([
  ['an item without a length', 'VALUE q 0\r\n'],
  ['a length that is no number', 'VALUE q 0 five\r\nhello\r\nEND\r\n'],
  ['a negative length', 'VALUE q 0 -1\r\nhello\r\nEND\r\n'],
  ['an item longer than it says', 'VALUE q 0 5\r\nhello!!\r\nEND\r\n'],
  ['an item shorter than it says', 'VALUE q 0 7\r\nhello\r\nEND\r\n'],
  ['a second item', 'VALUE q 0 1\r\na\r\nVALUE q 0 1\r\nb\r\nEND\r\n'],
  ['an item without its END', 'VALUE q 0 1\r\na\r\nSTORED\r\n'],
  ['statistics without their END', 'STAT uptime 5\r\nSTORED\r\n'],
  ['a statistic without a value', 'STAT uptime\r\nEND\r\n'],
])('nothing is believed any more after %s', (_, text) => {
  expect(parse(`${text}END\r\n`)).toEqual(broken);
});

test('an item over its bound is not waited for', () => {
  expect(parse('VALUE q 0 6\r\n', { itemBytes: 5 })).toEqual(broken);
  expect(parse('VALUE q 0 5\r\nhello\r\nEND\r\n', { itemBytes: 5 }).replies).toHaveLength(1);
});

test('a line over its bound is broken, whether its end has come or not', () => {
  expect(parse('VERSION\r\n', { lineBytes: 8 }).replies).toEqual([{ kind: 'line', text: 'VERSION' }]);
  expect(parse('VERSION 1\n', { lineBytes: 8 })).toEqual(broken);
  expect(parse('VERSION 1', { lineBytes: 8 })).toEqual(broken);
});

test('statistics without end are broken off, and never held beyond their bound', () => {
  const parser = new ReplyParser();
  const chunk = Buffer.from('STAT a b\r\n'.repeat(10_000));

  for (let pushed = 0; !parser.ended && pushed < 100; pushed++) {
    parser.push(chunk);
    expect(parser.heldBytes).toBeLessThanOrEqual(KESTREL_LIMITS.statsBytes + KESTREL_LIMITS.lineBytes);
  }

  expect(parser.ended).toBe(true);
});

test('replies that come in one piece come out in order', () => {
  const { replies } = parse('STORED\r\nVALUE q 0 1\r\na\r\nEND\r\nEND\r\nNOT_STORED\r\n');

  expect(replies.map(({ kind }) => kind)).toEqual(['stored', 'item', 'end', 'not_stored']);
});
