import { int32 } from './int32.js';
import { isQueueName } from './queue-name.js';
import { type Fault, isStatusLevel, type Oversized, type Request, type SetRequest } from './request.js';

/** The line of a storage command. `bytes` bytes of data and two more follow it, whatever becomes of it. */
export interface StorageLine {
  readonly kind: 'storage';
  readonly bytes: number;
  /** The `set` that its data make whole; otherwise they are dropped. */
  readonly outcome: Omit<SetRequest, 'data'> | Oversized | Fault;
}

type Read = (words: readonly string[], itemBytes: number) => Request | StorageLine;

/** Reads one line, without its end. Words are parted by single blanks; blanks at the end do no harm. */
export function readRequestLine(line: string, itemBytes: number): Request | StorageLine {
  const words = wordsOf(line);
  const command = words[0]?.toLowerCase() ?? '';
  const read = COMMANDS.get(command);
  return read ? read(words, itemBytes) : unknownCommand;
}

/** As `split` does it, in half of its time. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let from = 0;
  for (let blank = line.indexOf(' '); blank >= 0; blank = line.indexOf(' ', from)) {
    words.push(line.slice(from, blank));
    from = blank + 1;
  }
  words.push(line.slice(from));
  while (words.at(-1) === '') words.pop();
  return words;
}

const closes = (reply: Fault['reply'], reason: string): Fault => ({ kind: 'fault', reply, close: true, reason });
const stays = (reason: string): Fault => ({ kind: 'fault', reply: 'CLIENT_ERROR', close: false, reason });

export const lineTooLong = closes('CLIENT_ERROR', 'line too long');
const unknownCommand = closes('CLIENT_ERROR', 'unknown command');
const notImplemented = closes('CLIENT_ERROR', 'storage command not implemented');
const noQueueName = closes('CLIENT_ERROR', 'empty queue name');
const forbiddenMix = closes('CLIENT_ERROR', 'forbidden mix of options');
const unknownLevel = closes('CLIENT_ERROR', 'unknown status level');
const malformed = closes('', 'malformed storage line');
const illegalName = closes('', 'illegal queue name');
const noNumber = closes('', 'not a number of 32 bits');
const missing = stays('missing argument');
const badFlags = stays('flags are not a number of 32 bits');

const COMMANDS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['set', (words, itemBytes) => storage(words, (bytes) => set(words, bytes, itemBytes))],
  ...['add', 'replace', 'append', 'prepend', 'cas'].map((name): [string, Read] => [
    name,
    (words) => storage(words, () => notImplemented),
  ]),
  ['get', get],
  ['gets', get],
  ['delete', (words) => onQueue(words, (queue) => ({ kind: 'delete', queue }))],
  ['flush', (words) => onQueue(words, (queue) => ({ kind: 'flush', queue }))],
  ['flush_expired', (words) => onQueue(words, (queue) => ({ kind: 'flush_expired', queue }))],
  ['confirm', (words) => onQueue(words, (queue) => confirm(queue, words))],
  ['monitor', (words) => onQueue(words, (queue) => monitor(queue, words))],
  ['dump_stats', (words) => ({ kind: 'dump_stats', queues: words.slice(1) })],
  ['status', status],
  ...(['flush_all', 'flush_all_expired', 'stats', 'version', 'reload', 'shutdown', 'quit'] as const).map((kind): [string, Read] => [
    kind,
    () => ({ kind }),
  ]),
]);

function storage(words: readonly string[], outcome: (bytes: number) => StorageLine['outcome']): Fault | StorageLine {
  const bytes = int32(words[4] ?? '');
  if (bytes === undefined || bytes < 0) return malformed;
  return { kind: 'storage', bytes, outcome: outcome(bytes) };
}

/** In the order in which the server looks: expiry, flags, name. */
function set(
  [, queue = '', flagsWord = '', expiryWord = '']: readonly string[],
  bytes: number,
  itemBytes: number,
): StorageLine['outcome'] {
  const expiry = int32(expiryWord);
  if (expiry === undefined) return noNumber;
  const flags = int32(flagsWord);
  if (flags === undefined) return badFlags;
  if (queue === '') return noQueueName;
  if (!isQueueName(queue)) return illegalName;
  return bytes > itemBytes ? { kind: 'oversized', queue, bytes } : { kind: 'set', queue, flags, expiry };
}

/** Of several keys the first is served; options in any order, unknown ones are ignored. */
function get([, key]: readonly string[]): Request {
  if (key === undefined) return missing;
  const [queue = '', ...options] = key.includes('/') ? key.split('/') : [key];
  const waitMs = waitOf(options);
  if (waitMs === undefined) return noNumber;
  const open = options.includes('open');
  const close = options.includes('close');
  const abort = options.includes('abort');
  const peek = options.includes('peek');
  if (queue === '') return noQueueName;
  if (((peek || abort) && (open || close)) || (peek && abort)) return forbiddenMix;
  const fetches = !abort && (open || !close);
  if (fetches && !isQueueName(queue)) return illegalName;
  return { kind: 'get', queue, waitMs, open, close, abort, peek };
}

/** The last `t=` counts, but each has to be a number. */
function waitOf(options: readonly string[]): number | undefined {
  let waitMs = 0;
  for (const option of options) {
    if (!option.startsWith('t=')) continue;
    const asked = int32(option.slice(2));
    if (asked === undefined) return undefined;
    waitMs = Math.max(0, asked);
  }
  return waitMs;
}

function onQueue([, queue]: readonly string[], read: (queue: string) => Request): Request {
  if (queue === undefined) return missing;
  return queue === '' ? noQueueName : read(queue);
}

function confirm(queue: string, [, , word]: readonly string[]): Request {
  if (word === undefined) return missing;
  const count = int32(word);
  return count === undefined ? noNumber : { kind: 'confirm', queue, count };
}

function monitor(queue: string, [, , secondsWord, maxWord]: readonly string[]): Request {
  if (secondsWord === undefined) return missing;
  const seconds = int32(secondsWord);
  const max = maxWord === undefined ? undefined : int32(maxWord);
  if (seconds === undefined || (maxWord !== undefined && max === undefined)) return noNumber;
  if (!isQueueName(queue)) return illegalName;
  return { kind: 'monitor', queue, seconds, ...(max === undefined ? {} : { max }) };
}

function status([, word]: readonly string[]): Request {
  if (word === undefined) return { kind: 'status' };
  const level = word.toUpperCase();
  return isStatusLevel(level) ? { kind: 'status', level } : unknownLevel;
}
