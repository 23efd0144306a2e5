import { expect, test } from 'vitest';
import { countReply, dumpStatsReply, itemReply, KESTREL_LIMITS, REPLIES, statsReply, statusReply, versionReply } from './index.js';

const text = (...pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString('latin1');

test('an item is told with its bare queue, flags 0, its length and an END', () => {
  expect(text(...itemReply('enterprise_hello_world', Buffer.from('{}')))).toBe('VALUE enterprise_hello_world 0 2\r\n{}\r\nEND\r\n');
  expect(text(...itemReply('caf\u00e9', Buffer.alloc(0)))).toBe('VALUE caf\u00e9 0 0\r\n\r\nEND\r\n');
});

test('a large item is not copied', () => {
  const data = Buffer.alloc(KESTREL_LIMITS.joinedBytes + 1, 'a');

  const pieces = itemReply('q', data);

  expect(pieces[1]).toBe(data);
  expect(text(...pieces)).toBe(`VALUE q 0 ${data.length}\r\n${data}\r\nEND\r\n`);
});

test('statistics are lines with an END', () => {
  const statistics = [
    ['uptime', 5],
    ['version', '2.4.1'],
  ] as const;
  expect(text(statsReply(statistics))).toBe('STAT uptime 5\r\nSTAT version 2.4.1\r\nEND\r\n');
  expect(text(statsReply([]))).toBe('END\r\n');
});

test('DUMP_STATS tells queue by queue, and without any an empty line', () => {
  const queues = [
    [
      'a',
      [
        ['items', 1],
        ['bytes', 10],
      ],
    ],
    ['b', [['items', 0]]],
  ] as const;
  expect(text(dumpStatsReply(queues))).toBe(
    "queue 'a' {\r\n  items=1\r\n  bytes=10\r\n}\r\nqueue 'b' {\r\n  items=0\r\n}\r\nEND\r\n",
  );
  expect(text(dumpStatsReply([]))).toBe('\r\nEND\r\n');
});

test('the other replies are one line each', () => {
  expect(Object.values(REPLIES).map((reply) => text(reply))).toEqual([
    'STORED\r\n',
    'NOT_STORED\r\n',
    'END\r\n',
    'DELETED\r\n',
    'ERROR\r\n',
    'CLIENT_ERROR\r\n',
    'SERVER_ERROR\r\n',
    'Flushed all queues.\r\n',
    'Reloaded config.\r\n',
  ]);
  expect(text(countReply(12), statusReply('READONLY'), versionReply('0.1.0'))).toBe('12\r\nREADONLY\r\nVERSION 0.1.0\r\n');
});
