/**
 * What stands in the environment, by the first letter of its key. Then come names that the protocol allows, with `/` between them,
 * which only a job's name may contain, and that stands last.
 */
const KINDS = {
  /** One: layout and shards. */
  installation: 'i',
  /** Of a shard: its time, last token and orders. */
  meta: 'm',
  /** Of a queue, or of a tenant. */
  settings: 's',
  /** Of a queue and a job's name. */
  counters: 'c',
  /** Of a job, with what is small of its bytes. */
  record: 'j',
  /** Payloads and results that are not small. */
  payload: 'p',
  result: 'r',
} as const;
export type Kind = keyof typeof KINDS;

export type Key = Buffer;

export const keyOf = (kind: Kind, ...names: readonly string[]): Key => Buffer.from(KINDS[kind] + names.join('/'), 'latin1');

/** The names of a key; there are `count`. */
export function namesIn(key: Uint8Array, count: number): string[] {
  const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1', 1);
  const names = text.split('/');
  return [...names.slice(0, count - 1), names.slice(count - 1).join('/')];
}

/** Begins and ends the keys of a kind. */
export const rangeOf = (kind: Kind) => ({ start: Buffer.from(KINDS[kind]), end: Buffer.from([KINDS[kind].charCodeAt(0) + 1]) });
