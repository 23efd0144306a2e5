import { Packr } from 'msgpackr';
import { fail } from './errors.js';
import { LIMITS } from './limits.js';
import { scan } from './scan.js';

/**
 * A field of a message: how a value is put on the wire and how it is checked when it comes off. Objects travel as arrays in the
 * order their fields were declared, so there are no keys to send, to repeat or to forge: the shape is closed.
 */
export interface Field<T> {
  readonly pack: (value: T) => unknown;
  readonly check: (wire: unknown, at: string) => T;
}

const packr = new Packr({ useRecords: false, moreTypes: false });

const wrong = (at: string, expected: string): never => fail('BAD_MESSAGE', { at, expected });
const asIs = <T>(value: T): unknown => value;

export const bool: Field<boolean> = {
  pack: asIs,
  check: (wire, at) => (typeof wire === 'boolean' ? wire : wrong(at, 'a boolean')),
};

/** A whole number, `min` ≤ n ≤ `max`. */
export const int = (min: number, max: number): Field<number> => ({
  pack: asIs,
  check: (wire, at) =>
    Number.isInteger(wire) && (wire as number) >= min && (wire as number) <= max
      ? (wire as number)
      : wrong(at, `a whole number ${min} to ${max}`),
});

/** Text of at most `max` UTF-16 units. */
export const text = (max: number): Field<string> => ({
  pack: asIs,
  check: (wire, at) => (typeof wire === 'string' && wire.length <= max ? wire : wrong(at, `text of at most ${max} characters`)),
});

/** Text that `accept` accepts: a name, an id, a token. */
export const textLike = (what: string, accept: (text: unknown) => text is string): Field<string> => ({
  pack: asIs,
  check: (wire, at) => (accept(wire) ? wire : wrong(at, what)),
});

export const bytes = (max: number): Field<Uint8Array> => ({
  pack: asIs,
  check(wire, at) {
    if (!(wire instanceof Uint8Array)) return wrong(at, 'bytes');
    return wire.length <= max ? wire : fail('PAYLOAD_TOO_LARGE', { at, bytes: wire.length, max });
  },
});

/** One of some words, sent as its position. New words go at the end. */
export const oneOf = <const W extends readonly string[]>(words: W): Field<W[number]> => {
  const places = new Map(words.map((word, place) => [word, place]));
  return {
    pack: (word) => places.get(word),
    check: (wire, at) => (typeof wire === 'number' ? words[wire] : undefined) ?? wrong(at, `one of ${words.join(', ')}`),
  };
};

/** Absent values travel as nil. */
export const optional = <T>(field: Field<T>): Field<T | undefined> => ({
  pack: (value) => (value === undefined ? null : field.pack(value)),
  check: (wire, at) => (wire === null || wire === undefined ? undefined : field.check(wire, at)),
});

export const nullable = <T>(field: Field<T>): Field<T | null> => ({
  pack: (value) => (value === null ? null : field.pack(value)),
  check: (wire, at) => (wire === null ? null : field.check(wire, at)),
});

export const list = <T>(field: Field<T>, max: number): Field<readonly T[]> => ({
  pack: (values) => values.map(field.pack),
  check(wire, at) {
    if (!Array.isArray(wire)) return wrong(at, 'a list');
    if (wire.length > max) return fail('BATCH_TOO_LARGE', { at, items: wire.length, max });
    return wire.map((item, index) => field.check(item, `${at}[${index}]`));
  },
});

type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> | Field<T[K] | undefined> };

/** An object, sent as an array of its fields in the order they are declared here. A field that is absent stays absent. */
export function object<T extends object>(fields: Fields<T>): Field<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const parts = names.map((name) => fields[name] as Field<unknown>);
  return {
    pack(value) {
      const wire = new Array<unknown>(parts.length);
      for (let place = 0; place < parts.length; place++)
        wire[place] = (parts[place] as Field<unknown>).pack(value[names[place] as keyof T]);
      return wire;
    },
    check(wire, at) {
      if (!Array.isArray(wire) || wire.length !== parts.length) return wrong(at, `${parts.length} fields`);
      const value: Record<string, unknown> = {};
      for (let place = 0; place < parts.length; place++) {
        const name = names[place] as string;
        const part = (parts[place] as Field<unknown>).check(wire[place], `${at}.${name}`);
        if (part !== undefined) value[name] = part;
      }
      return value as T;
    },
  };
}

/** A pair of values. */
export const pair = <A, B>(first: Field<A>, second: Field<B>): Field<readonly [A, B]> => ({
  pack: ([a, b]) => [first.pack(a), second.pack(b)],
  check: (wire, at) =>
    Array.isArray(wire) && wire.length === 2 ? [first.check(wire[0], at), second.check(wire[1], at)] : wrong(at, 'a pair'),
});

/** Nothing at all: the reply of a message that needs none. */
export const nothing: Field<void> = { pack: () => null, check: () => undefined };

/** A whole message of at most `maxBytes`. Throws BATCH_TOO_LARGE, ENVELOPE_TOO_LARGE, PAYLOAD_TOO_LARGE or BAD_MESSAGE, both ways. */
export function message<T>(field: Field<T>, maxBytes: number = LIMITS.batchBytes, items: number = LIMITS.batchItems) {
  const bounds = { depth: LIMITS.envelopeDepth, items, envelopeBytes: LIMITS.envelopeBytes, dates: false };
  return {
    encode(value: T): Uint8Array {
      const encoded = packr.pack(field.pack(value));
      return encoded.length <= maxBytes ? encoded : fail('BATCH_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
    },
    decode(encoded: Uint8Array): T {
      if (encoded.length > maxBytes) fail('BATCH_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
      scan(encoded, bounds);
      return field.check(packr.unpack(encoded), 'body');
    },
  };
}
