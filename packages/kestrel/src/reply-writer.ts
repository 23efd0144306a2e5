import { framed, latin1 } from './framed.js';
import type { StatusLevel } from './request.js';

/** Replies that are one word. */
export const REPLIES = {
  STORED: latin1('STORED\r\n'),
  NOT_STORED: latin1('NOT_STORED\r\n'),
  END: latin1('END\r\n'),
  DELETED: latin1('DELETED\r\n'),
  ERROR: latin1('ERROR\r\n'),
  CLIENT_ERROR: latin1('CLIENT_ERROR\r\n'),
  SERVER_ERROR: latin1('SERVER_ERROR\r\n'),
  FLUSHED_ALL: latin1('Flushed all queues.\r\n'),
  RELOADED: latin1('Reloaded config.\r\n'),
} as const;

const ITEM_END = latin1('\r\nEND\r\n');

/** An item, complete with its END: what GET answers, and MONITOR once for each. */
export const itemReply = (queue: string, data: Uint8Array): readonly Uint8Array[] =>
  framed(`VALUE ${queue} 0 ${data.byteLength}\r\n`, data, ITEM_END);

/** FLUSH_EXPIRED and FLUSH_ALL_EXPIRED. */
export const countReply = (count: number): Uint8Array => latin1(`${count}\r\n`);

export const statusReply = (level: StatusLevel): Uint8Array => latin1(`${level}\r\n`);

export const versionReply = (version: string): Uint8Array => latin1(`VERSION ${version}\r\n`);

export type Statistics = Iterable<readonly [name: string, value: string | number]>;

/** STATS: in the given order. */
export function statsReply(statistics: Statistics): Uint8Array {
  const lines = Array.from(statistics, ([name, value]) => `STAT ${name} ${value}\r\n`);
  return latin1(`${lines.join('')}END\r\n`);
}

/** DUMP_STATS. Of a queue that is unknown there is a line of two blanks; without any queue an empty line. */
export function dumpStatsReply(queues: Iterable<readonly [queue: string, statistics: Statistics]>): Uint8Array {
  const lines = Array.from(queues, ([queue, statistics]) => {
    const entries = Array.from(statistics, ([name, value]) => `${name}=${value}`);
    return `queue '${queue}' {\r\n  ${entries.join('\r\n  ')}\r\n}`;
  });
  return latin1(`${lines.join('\r\n')}\r\nEND\r\n`);
}
