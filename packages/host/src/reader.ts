import { type Duration, isName, toMs } from '@tiercel/protocol';
import { addressOf, kestrelAddressOf } from './address.js';

/** Turns text into a value, or `undefined` when the text is not `expected`. */
export interface Reader<T> {
  /** What the text must be, as it follows "expected". */
  readonly expected: string;
  /** A flag of this kind stands alone. */
  readonly bare?: boolean;
  /** A flag of this kind may stand alone: then its text is `true`. */
  readonly mayStandAlone?: boolean;
  read(text: string): T | undefined;
}

/** One or more comma-separated URLs of a NATS server or cluster. */
export const natsUrl: Reader<string> = {
  expected: 'nats://host:port or tls://host:port',
  read: (text) => (text.split(',').every((one) => isUrl(one.trim(), 'nats') || isUrl(one.trim(), 'tls')) ? text : undefined),
};

/** Of a Redis Cluster some of its nodes: `redis://host:port,host:port`; of Kestrel all servers, and its driver looks at the rest. */
export const storeUrl: Reader<string> = {
  expected:
    'redis://host:port[,host:port…][/database] or the same with rediss:, lmdb:PATH, kestrel://host:port[,host:port…] or memory:',
  read: (text) => (isRedisUrl(text) || /^(lmdb:[^\0]+|kestrel:\/\/[A-Za-z0-9[][^\s/@#]*|memory:)$/.test(text) ? text : undefined),
};

/** A namespace, tenant or queue. */
export const name: Reader<string> = {
  expected: 'letters, digits, _ and -, at most 63, the first a letter or digit',
  read: (text) => (isName(text) ? text : undefined),
};

/** Name of a process: what a lease and a log line carry. */
export const instanceName: Reader<string> = {
  expected: 'letters, digits, _ . and -, at most 128',
  read: (text) => (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(text) ? text : undefined),
};

/** An address to listen on. */
export const host: Reader<string> = {
  expected: 'an IP address or the name of a host',
  read: (text) => (/^[A-Za-z0-9:.-]{1,253}$/.test(text) ? text : undefined),
};

/** An address and port to listen on, as {@link addressOf} reads it. */
export const address: Reader<string> = {
  expected: 'HOST:PORT or PORT',
  read: (text) => (addressOf(text) ? text : undefined),
};

/** The same for a Kestrel door, whose port need not be said. */
export const kestrelAddress: Reader<string> = {
  expected: 'HOST:PORT, HOST or PORT',
  mayStandAlone: true,
  read: (text) => (kestrelAddressOf(text) ? text : undefined),
};

/** A whole number, both ends included. */
export function integer(from: number, to: number): Reader<number> {
  return {
    expected: `a whole number from ${from} to ${to}`,
    read: (text) => (/^\d{1,15}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined),
  };
}

/** Text such as `250ms`, `5s`, `2h`, in milliseconds. */
export function duration(maxMs: number): Reader<number> {
  return { expected: `a duration such as 5s, at most ${maxMs / 1_000}s`, read: (text) => readMs(text, maxMs) };
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return { expected: `one of ${words.join(', ')}`, read: (text) => words.find((word) => word === text) };
}

/** Comma-separated; a flag may also be repeated. */
export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return { expected: `a list (a,b), each ${item.expected}`, read: (text) => readList(text, item) };
}

/** A queue, or `*` for every queue. */
export const queueOrAll: Reader<string> = {
  expected: `* or ${name.expected}`,
  read: (text) => (text === '*' ? text : name.read(text)),
};

export const path: Reader<string> = {
  expected: 'a path of a file or folder',
  read: (text) => (text !== '' && !text.includes('\0') ? text : undefined),
};

export const switchedOn: Reader<boolean> = {
  expected: 'true or false',
  bare: true,
  read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
};

function isUrl(text: string, scheme: string): boolean {
  return text.startsWith(`${scheme}://`) && URL.canParse(text) && new URL(text).hostname !== '';
}

/** The URL standard knows no lists of hosts, so each is looked at by itself. */
function isRedisUrl(text: string): boolean {
  const [, scheme, user, hosts = ''] = /^(rediss?):\/\/([^/?#]*@)?([^/?#]*)/.exec(text) ?? [];
  return scheme !== undefined && hosts.split(',').every((host) => isUrl(`${scheme}://${user ?? ''}${host}`, scheme));
}

function readMs(text: string, maxMs: number): number | undefined {
  try {
    return toMs('duration', text as Duration, maxMs);
  } catch {
    return undefined; // the fault is reported with all others
  }
}

function readList<T>(text: string, item: Reader<T>): readonly T[] | undefined {
  const values = text.split(',').map((part) => item.read(part.trim()));
  return values.includes(undefined) ? undefined : Object.freeze(values as T[]);
}
