import { expect, test } from 'vitest';
import { queueStats, queuesIn, ReplyParser } from './index.js';

function statsOf(text: string): ReadonlyMap<string, string> {
  const [reply] = new ReplyParser().push(Buffer.from(text));
  return reply?.kind === 'stats' ? reply.stats : new Map();
}

const kestrel = statsOf(
  `STAT curr_items 7
STAT queue_a_items 1
STAT queue_a_mem_items 1
STAT queue_a_waiters 0
STAT queue_a_open_transactions 2
STAT queue_a_transactions 9
STAT queue_a_children a+b
STAT queue_a_open_items 3
STAT queue_a_open_waiters 4
STAT queue_a_open_open_transactions 5
END
`,
);

test('queues are told apart although their names and their statistics both have _', () => {
  expect(queuesIn(kestrel)).toEqual(['a', 'a_open']);
  expect(queueStats(kestrel, 'a')).toEqual({ items: 1, mem_items: 1, waiters: 0, open_transactions: 2, transactions: 9 });
  expect(queueStats(kestrel, 'a_open')).toMatchObject({ items: 3, waiters: 4, open_transactions: 5 });
});

test('a server that tells less is understood as far as it goes', () => {
  const siberite = statsOf('STAT uptime 5\r\nSTAT queue_q_items 3\r\nSTAT queue_q_open_transactions 1\r\nEND\r\n');

  expect(queuesIn(siberite)).toEqual(['q']);
  expect(queueStats(siberite, 'q')).toEqual({ items: 3, open_transactions: 1 });
});

test('where there is no queue there is none', () => {
  expect(queuesIn(statsOf('STAT uptime 5\r\nEND\r\n'))).toEqual([]);
  expect(queueStats(kestrel, 'b')).toEqual({});
});
