import { int32 } from './int32.js';
import { isQueueName } from './queue-name.js';
import { isStatusLevel } from './request.js';
import type { PutRequest, TextFault, TextRequest } from './text-request.js';

/** What came of the lines behind one that ends with a colon; nothing where there was no colon. */
export type Put = Pick<PutRequest, 'items' | 'dropped'>;

type Read = (words: readonly string[], put: Put) => TextRequest;

/** The words of a line, without its end and without the colon; they are parted by single blanks. */
export function wordsOf(line: string): readonly string[] {
  const words = line.split(' ');
  while (words.length > 1 && words.at(-1) === '') words.pop();
  return words;
}

export const isPut = ([command = '']: readonly string[]): boolean => command.toLowerCase() === 'put';

export function readTextLine(words: readonly string[], put: Put): TextRequest {
  const command = words[0]?.toLowerCase() ?? '';
  const read = COMMANDS.get(command);
  return read ? read(words, put) : fault(`Unknown command: ${command.slice(0, SHOWN)}`);
}

const fault = (message: string): TextFault => ({ kind: 'fault', message, close: false });

export const lineTooLong = fault('Line too long.');
export const lostTheEnd: TextFault = { ...lineTooLong, close: true };
/** Characters of an unknown command that are told again. */
const SHOWN = 80;

const NO_QUEUE = 'Queue name required.';

const COMMANDS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['put', putOf],
  ['get', (words) => fetch('get', words)],
  ['peek', (words) => fetch('peek', words)],
  ['monitor', monitor],
  ['confirm', confirm],
  ['flush', ([, queue = '']) => (queue === '' ? fault(NO_QUEUE) : { kind: 'flush', queue })],
  ['delete', ([, queue = '']) => (queue === '' ? fault(NO_QUEUE) : { kind: 'delete', queue })],
  ['status', status],
  ...(['version', 'shutdown', 'quit'] as const).map((kind): [string, Read] => [kind, () => ({ kind })]),
]);

function putOf([, queue = '', word]: readonly string[], { items, dropped }: Put): TextRequest {
  if (queue === '') return fault(NO_QUEUE);
  const expiryMs = word === undefined ? undefined : int32(word);
  if (word !== undefined && expiryMs === undefined) return fault('Error parsing expiration time.');
  return named(queue) ?? { kind: 'put', queue, ...(expiryMs !== undefined && { expiryMs }), items, dropped };
}

function fetch(kind: 'get' | 'peek', [, queue = '', word = '0']: readonly string[]): TextRequest {
  if (queue === '') return fault(NO_QUEUE);
  const waitMs = waitOf(word);
  return waitMs === undefined ? fault('Error parsing timeout.') : (named(queue) ?? { kind, queue, waitMs });
}

function monitor([, queue = '', word]: readonly string[]): TextRequest {
  if (queue === '' || word === undefined) return fault('Queue name & timeout required.');
  const waitMs = waitOf(word);
  return waitMs === undefined ? fault('Error parsing timeout.') : (named(queue) ?? { kind: 'monitor', queue, waitMs });
}

function confirm([, queue = '', word]: readonly string[]): TextRequest {
  if (queue === '' || word === undefined) return fault('Queue name & count required.');
  const count = int32(word);
  return count === undefined ? fault('Error parsing count.') : { kind: 'confirm', queue, count };
}

function status([, word]: readonly string[]): TextRequest {
  if (word === undefined) return { kind: 'status' };
  const level = word.toUpperCase();
  return isStatusLevel(level) ? { kind: 'status', level } : fault('Unknown status.');
}

function waitOf(word: string): number | undefined {
  const asked = int32(word);
  return asked === undefined ? undefined : Math.max(0, asked);
}

/** A queue comes into being only under a name that is legal. */
const named = (queue: string): TextFault | undefined => (isQueueName(queue) ? undefined : fault('Illegal queue name.'));
