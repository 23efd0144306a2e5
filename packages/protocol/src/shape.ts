import { Packr } from 'msgpackr';
import { type ErrorCode, type Facts, fail } from './errors.js';
import { LIMITS } from './limits.js';
import { scan } from './scan.js';
import { unrolledCheck, unrolledPack } from './unroll.js';

/**
 * A field of a message: how a value is put on the wire and how it is checked when it comes off. Objects travel as arrays in the
 * order their fields were declared, so there are no keys to send, to repeat or to forge: the shape is closed.
 */
export interface Field<T> {
  readonly pack: (value: T) => unknown;
  /** Throws what {@link message} makes an error of. */
  readonly check: (wire: unknown) => T;
  /** Whether `check` may come to `undefined`. */
  readonly optional?: true;
}

const packr = new Packr({ useRecords: false, moreTypes: false, int64AsType: 'number' });

/** What is wrong, and where: each field it passes on its way out adds its name, so that a message without fault pays for no path. */
class Fault {
  readonly code: ErrorCode;
  readonly facts: Facts;
  at = '';

  constructor(code: ErrorCode, facts: Facts) {
    this.code = code;
    this.facts = facts;
  }
}

/** What {@link message} makes an error of. */
export const fault = (code: ErrorCode, facts: Facts): never => {
  throw new Fault(code, facts);
};
const wrong = (expected: string): never => fault('BAD_MESSAGE', { expected });
const asIs = <T>(value: T): unknown => value;

function within(place: string, thrown: unknown): unknown {
  if (thrown instanceof Fault) thrown.at = place + thrown.at;
  return thrown;
}

export const bool: Field<boolean> = {
  pack: asIs,
  check: (wire) => (typeof wire === 'boolean' ? wire : wrong('a boolean')),
};

/** A whole number, `min` ≤ n ≤ `max`. */
export const int = (min: number, max: number): Field<number> => ({
  pack: asIs,
  check: (wire) =>
    Number.isInteger(wire) && (wire as number) >= min && (wire as number) <= max
      ? (wire as number)
      : wrong(`a whole number ${min} to ${max}`),
});

/** The same, or one of some numbers that mean something of their own. */
export const intOr = (others: readonly number[], min: number, max: number): Field<number> => {
  const number = int(min, max);
  return { pack: asIs, check: (wire) => (others.includes(wire as number) ? (wire as number) : number.check(wire)) };
};

/** Text of at most `max` UTF-16 units. */
export const text = (max: number): Field<string> => ({
  pack: asIs,
  check: (wire) => (typeof wire === 'string' && wire.length <= max ? wire : wrong(`text of at most ${max} characters`)),
});

/** Text that `accept` accepts: a name, an id, a token. */
export const textLike = (what: string, accept: (text: unknown) => text is string): Field<string> => ({
  pack: asIs,
  check: (wire) => (accept(wire) ? wire : wrong(what)),
});

export const bytes = (max: number): Field<Uint8Array> => ({
  pack: asIs,
  check(wire) {
    if (!(wire instanceof Uint8Array)) return wrong('bytes');
    return wire.length <= max ? wire : fault('PAYLOAD_TOO_LARGE', { bytes: wire.length, max });
  },
});

/** What `read` makes of bytes that have a form of their own, and throws a RangeError for when they have not. */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return fault('BAD_MESSAGE', { expected: what, reason: error.message });
    throw error;
  }
}

/** One of some words, sent as its position. New words go at the end. */
export const oneOf = <const W extends readonly string[]>(words: W): Field<W[number]> => {
  const places = new Map(words.map((word, place) => [word, place]));
  return {
    pack: (word) => places.get(word),
    check: (wire) => (typeof wire === 'number' ? words[wire] : undefined) ?? wrong(`one of ${words.join(', ')}`),
  };
};

/** Absent values travel as nil. */
export const optional = <T>(field: Field<T>): Field<T | undefined> => ({
  pack: (value) => (value === undefined ? null : field.pack(value)),
  check: (wire) => (wire === null ? undefined : field.check(wire)),
  optional: true,
});

export const nullable = <T>(field: Field<T>): Field<T | null> => ({
  pack: (value) => (value === null ? null : field.pack(value)),
  check: (wire) => (wire === null ? null : field.check(wire)),
});

export const list = <T>(field: Field<T>, max: number): Field<readonly T[]> => ({
  pack: (values) => (values.length <= max ? values.map(field.pack) : fault('BATCH_TOO_LARGE', { items: values.length, max })),
  check(wire) {
    if (!Array.isArray(wire)) return wrong('a list');
    if (wire.length > max) return fault('BATCH_TOO_LARGE', { items: wire.length, max });
    const items = new Array<T>(wire.length);
    let place = 0;
    try {
      for (; place < wire.length; place++) items[place] = field.check(wire[place]);
    } catch (thrown) {
      throw within(`[${place}]`, thrown);
    }
    return items;
  },
});

type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> | Field<T[K] | undefined> };

/** An object, sent as an array of its fields in the order they are declared here. A field that is absent stays absent. */
export function object<T extends object>(fields: Fields<T>): Field<T> {
  const parts = Object.entries<Field<unknown>>(fields as Record<string, Field<unknown>>).map(([name, field]) => ({ name, field }));
  const halves = (which: 'pack' | 'check') =>
    parts.map(({ name, field }) => ({ name, optional: field.optional === true, act: field[which] }));

  function packEach(value: object): unknown[] {
    return parts.map(({ name, field }) => field.pack((value as Record<string, unknown>)[name]));
  }

  function checkEach(wire: readonly unknown[]): object {
    const value: Record<string, unknown> = {};
    for (const [place, { name, field }] of parts.entries()) {
      try {
        const part = field.check(wire[place]);
        if (part !== undefined) value[name] = part;
      } catch (thrown) {
        throw within(`.${name}`, thrown);
      }
    }
    return value;
  }

  const pack = unrolledPack(halves('pack')) ?? packEach;
  const check = unrolledCheck(halves('check')) ?? checkEach;
  return {
    pack: pack as (value: T) => unknown,
    check(wire) {
      if (!Array.isArray(wire) || wire.length !== parts.length) return wrong(`${parts.length} fields`);
      try {
        return check(wire) as T;
      } catch {
        return checkEach(wire) as T; // throws again, and says where
      }
    },
  };
}

/** A pair of values. */
export const pair = <A, B>(first: Field<A>, second: Field<B>): Field<readonly [A, B]> => ({
  pack: ([a, b]) => [first.pack(a), second.pack(b)],
  check: (wire) => (Array.isArray(wire) && wire.length === 2 ? [first.check(wire[0]), second.check(wire[1])] : wrong('a pair')),
});

/** Nothing at all: the reply of a message that needs none. */
export const nothing: Field<void> = { pack: () => null, check: () => undefined };

/**
 * A whole message of at most `maxBytes`, whose lists hold at most `items`. Encoding throws BATCH_TOO_LARGE; decoding that,
 * ENVELOPE_TOO_LARGE, PAYLOAD_TOO_LARGE or BAD_MESSAGE, with `at` naming the field.
 */
export function message<T>(field: Field<T>, maxBytes: number = LIMITS.batchBytes, items: number = LIMITS.batchItems) {
  const bounds = { depth: LIMITS.envelopeDepth, items, envelopeBytes: LIMITS.envelopeBytes, data: false };
  return {
    encode(value: T): Uint8Array {
      const encoded = packr.pack(reported(field.pack, value));
      return encoded.length <= maxBytes ? encoded : fail('BATCH_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
    },
    decode(encoded: Uint8Array): T {
      if (encoded.length > maxBytes) fail('BATCH_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
      scan(encoded, bounds);
      return reported(field.check, packr.unpack(encoded));
    },
  };
}

/** Runs one half of a field; a fault becomes an error. */
function reported<A, B>(half: (value: A) => B, value: A): B {
  try {
    return half(value);
  } catch (thrown) {
    if (thrown instanceof Fault) fail(thrown.code, { at: `body${thrown.at}`, ...thrown.facts });
    throw thrown;
  }
}
