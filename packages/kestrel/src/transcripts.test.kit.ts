import { intBelow, type Random } from '@tiercel/actors';

/** So small that transcripts meet them. */
export const BOUNDS = { lineBytes: 60, itemBytes: 40 };
const STEPS_MOST = 6;

const oneOf = <T>(random: Random, all: readonly T[]): T => all[intBelow(random, all.length)] as T;

/** Meets a bound, or is just over or below it. */
const aboutAsLongAs = (random: Random, bytes: number): string => 'q'.repeat(bytes - 2 + intBelow(random, 5));

const NAMES = ['q', 'a+b', 'enterprise_hello_world', 'ns:q', 'caf\u00e9', 'a.b', ''];
const NUMBERS = ['0', '5', '-1', '1000000', '2147483647', '2147483648', '+7', 'x', ''];
const DATA = [
  '',
  'a',
  'hello',
  'END\r\n',
  '\r\n',
  '\r',
  'get q\r\n',
  'VALUE q 0 1\r\na\r\nEND\r\n',
  '\0\xff',
  'x'.repeat(BOUNDS.itemBytes),
];
const ENDS = ['\r\n', '\r\n', '\r\n', '\n', ' \r\n', '\r\r\n'];

const OPTIONS = ['/open', '/close', '/close/open', '/abort', '/peek', '/t=5', '/t=x', '/bogus', '/'];
const WORDS = ['flush_all', 'flush_all_expired', 'stats', 'version', 'reload', 'shutdown', 'status', 'dump_stats'];
const ON_QUEUE = ['delete', 'flush', 'flush_expired', 'confirm', 'monitor', 'dump_stats', 'status'];
const STORAGE = ['set', 'set', 'set', 'SET', 'add', 'cas'];

/** What a client says, now and then wrong. */
const REQUESTS: readonly ((random: Random) => string)[] = [
  (random) => `${oneOf(random, ['get', 'GETS'])} ${oneOf(random, NAMES)}${oneOf(random, OPTIONS)}${oneOf(random, ENDS)}`,
  (random) => `${oneOf(random, WORDS)}${oneOf(random, ENDS)}`,
  (random) => `${oneOf(random, ON_QUEUE)} ${oneOf(random, NAMES)} ${oneOf(random, NUMBERS)}${oneOf(random, ENDS)}`,
  (random) => `get ${aboutAsLongAs(random, BOUNDS.lineBytes - 'get '.length)}${oneOf(random, ENDS)}`,
  storage,
  storage,
  storage,
];

function storage(random: Random): string {
  const data = oneOf(random, DATA);
  const length = random.next() < 0.9 ? data.length : BOUNDS.itemBytes + intBelow(random, 3);
  const numbers = random.next() < 0.8 ? '0 0' : `${oneOf(random, NUMBERS)} ${oneOf(random, NUMBERS)}`;
  return `${oneOf(random, STORAGE)} ${oneOf(random, NAMES)} ${numbers} ${length}${oneOf(random, ENDS)}${data}\r\n`;
}

const LINES = [
  'STORED',
  'NOT_STORED',
  'END',
  'DELETED',
  'VERSION 1',
  'Flushed all queues.',
  'ERROR',
  'ERROR ',
  'CLIENT_ERROR no',
  '',
];

/** What a server says, now and then wrong. */
const REPLIES: readonly ((random: Random) => string)[] = [
  (random) => `${oneOf(random, LINES)}${oneOf(random, ENDS)}`,
  item,
  item,
  (random) => `${aboutAsLongAs(random, BOUNDS.lineBytes)}${oneOf(random, ENDS)}`,
  (random) => `${`STAT queue_${oneOf(random, NAMES)}_items 5\r\n`.repeat(intBelow(random, 4))}END\r\n`,
];

function item(random: Random): string {
  const data = oneOf(random, DATA);
  const length = random.next() < 0.9 ? data.length : intBelow(random, BOUNDS.itemBytes + 3);
  return `VALUE ${oneOf(random, NAMES)} 0 ${length}\r\n${data}\r\n${oneOf(random, ['END\r\n', 'END\r\n', 'END\r\n', 'STORED\r\n'])}`;
}

const TEXT_HEADS = ['put q:', 'put a+b 500:', 'PUT q :', 'put a.b:', 'get q:', 'bogus:', ':'];
const TEXT_LINES = [
  'get q 5',
  'peek q',
  'monitor q 1',
  'confirm q 2',
  'flush q',
  'delete q',
  'status',
  'put q',
  'get q x',
  'quit',
  '',
];

/** What a client of the line protocol says. */
const TEXTS: readonly ((random: Random) => string)[] = [
  (random) => `${oneOf(random, TEXT_LINES)}${oneOf(random, ENDS)}`,
  (random) => `${aboutAsLongAs(random, BOUNDS.lineBytes)}${oneOf(random, ENDS)}`,
  put,
  put,
];

function put(random: Random): string {
  const items = Array.from({ length: intBelow(random, 4) }, () => oneOf(random, DATA));
  const long = random.next() < 0.2 ? [aboutAsLongAs(random, oneOf(random, [BOUNDS.itemBytes, BOUNDS.lineBytes]))] : [];
  return [oneOf(random, TEXT_HEADS), ...items, ...long, '', ''].join(oneOf(random, ['\n', '\r\n']));
}

export const textTranscript = (random: Random): Buffer => transcript(random, TEXTS);
export const requestTranscript = (random: Random): Buffer => transcript(random, REQUESTS);
export const replyTranscript = (random: Random): Buffer => transcript(random, REPLIES);

function transcript(random: Random, steps: readonly ((random: Random) => string)[]): Buffer {
  const said = Array.from({ length: 1 + intBelow(random, STEPS_MOST) }, () => oneOf(random, steps)(random));
  const bytes = Buffer.from(said.join(''), 'latin1');
  return random.next() < 0.5 ? bytes : mutated(random, bytes);
}

/** Bytes that matter to the protocol, and some that do not. */
const BYTES = [0x0a, 0x0d, 0x20, 0x2f, 0x30, 0x39, 0x2d, 0x00, 0xff, 0x61];
const MUTATIONS_MOST = 3;

function mutated(random: Random, bytes: Buffer): Buffer {
  let current = bytes;
  for (let left = 1 + intBelow(random, MUTATIONS_MOST); left > 0; left--) current = mutate(random, current);
  return current;
}

function mutate(random: Random, bytes: Buffer): Buffer {
  const at = intBelow(random, bytes.length + 1);
  const to = at + intBelow(random, 10);
  const inserted = Buffer.from([oneOf(random, BYTES)]);
  return oneOf(random, [
    () => Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + 1)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]),
    () => Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]),
    () => bytes.subarray(0, at),
  ])();
}
