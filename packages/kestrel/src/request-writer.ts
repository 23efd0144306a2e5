import { fail } from '@tiercel/protocol';
import { framed, latin1 } from './framed.js';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import { requireQueueName } from './queue-name.js';

// Lower case, single blanks, CR LF, one key, no `noreply`: what every compatible server understands.

export interface SetOptions {
  /** 0, the default: never; below 1,000,000: seconds from now; from there on epoch seconds. Kestrel alone heeds it. */
  readonly expiry?: number;
}

export interface GetOptions {
  /** Confirms the oldest open read of this queue first. */
  readonly close?: boolean;
  /** The item stays with this connection until it is closed or aborted. */
  readonly open?: boolean;
  /** Puts the oldest open read of this queue back, and does nothing else. */
  readonly abort?: boolean;
  readonly peek?: boolean;
  /** How long the server waits for an item; 0, the default: not at all. */
  readonly waitMs?: number;
}

const CRLF = latin1('\r\n');
const MOST = 2 ** 31 - 1;

/** Throws BAD_NAME for the queue, BAD_OPTION for the expiry and for an item without a byte, which not every server gives back. */
export function setRequest(queue: string, data: Uint8Array, { expiry = 0 }: SetOptions = {}): readonly Uint8Array[] {
  requireQueueName(queue);
  if (data.byteLength === 0) fail('BAD_OPTION', { option: 'data', expected: 'at least one byte' });
  if (!Number.isInteger(expiry) || Math.abs(expiry) > MOST) fail('BAD_OPTION', { option: 'expiry', expected: 'whole seconds' });
  return framed(`set ${queue} 0 ${expiry} ${data.byteLength}\r\n`, data, CRLF);
}

/** Throws BAD_NAME for the queue and BAD_OPTION for a mix that servers refuse, or a key that libraries would. */
export function getRequest(queue: string, options: GetOptions = {}): Uint8Array {
  requireQueueName(queue);
  const { close = false, open = false, abort = false, peek = false, waitMs = 0 } = options;
  if (((peek || abort) && (open || close)) || (peek && abort)) fail('BAD_OPTION', { option: 'get', expected: 'no such mix' });
  if (!Number.isInteger(waitMs) || waitMs < 0 || waitMs > MOST)
    fail('BAD_OPTION', { option: 'waitMs', expected: 'whole milliseconds' });
  const wants = [close && 'close', open && 'open', abort && 'abort', peek && 'peek', waitMs > 0 && `t=${waitMs}`]; // in this order
  const key = [queue, ...wants.filter((want) => want !== false)].join('/');
  if (key.length > KESTREL_LIMITS.keyBytes)
    fail('BAD_NAME', { kind: 'kestrel key', bytes: key.length, most: KESTREL_LIMITS.keyBytes });
  return latin1(`get ${key}\r\n`);
}

export const deleteRequest = (queue: string): Uint8Array => latin1(`delete ${requireQueueName(queue)}\r\n`);
export const flushRequest = (queue: string): Uint8Array => latin1(`flush ${requireQueueName(queue)}\r\n`);
export const statsRequest = (): Uint8Array => latin1('stats\r\n');
export const versionRequest = (): Uint8Array => latin1('version\r\n');
export const quitRequest = (): Uint8Array => latin1('quit\r\n');
