import { Packr } from 'msgpackr';
import { fail, TiercelError } from './errors.js';
import type { Encoding } from './job.js';
import { LIMITS } from './limits.js';
import { scan } from './scan.js';

const packr = new Packr({ useRecords: false, moreTypes: false });
const DATA_DEPTH = 64;
const BOUNDS = { depth: DATA_DEPTH, items: LIMITS.payloadMostBytes, envelopeBytes: Number.MAX_SAFE_INTEGER, data: true };
const PLACE_CHARS = 200;

/**
 * The data of a job, or the result of one, as bytes. Carries null, booleans, numbers, well-formed text, bigints of 64 bits, dates,
 * bytes, arrays and plain objects, nested at most 64 deep; `undefined` becomes null at the top. Throws BAD_DATA naming the place of
 * what it cannot carry, or PAYLOAD_TOO_LARGE.
 */
export function encodeData(data: unknown, maxBytes: number = LIMITS.payloadMostBytes): Uint8Array {
  const flaw = new Inspection(maxBytes).flawOf(data, 0);
  if (flaw) fail('BAD_DATA', { at: `data${flaw.at}`.slice(0, PLACE_CHARS), reason: flaw.reason });
  const encoded = packr.pack(data ?? null);
  return encoded.length <= maxBytes ? encoded : fail('PAYLOAD_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
}

/** The inverse of {@link encodeData}; `json` gives what the text says, null
 * for no text at all, `raw` the bytes themselves. Throws BAD_DATA. */
export function decodeData(payload: Uint8Array, encoding: Encoding = 'msgpack'): unknown {
  if (encoding === 'raw') return payload;
  try {
    if (encoding === 'json' && payload.length === 0) return null;
    if (encoding === 'json') return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    scan(payload, BOUNDS);
    return packr.unpack(payload);
  } catch (error) {
    throw new TiercelError('BAD_DATA', { encoding }, error);
  }
}

/** Why something cannot be carried, and where: the place is put together on the way out, so that sound data pay nothing for it. */
interface Flaw {
  readonly at: string;
  readonly reason: string;
}

const flaw = (reason: string): Flaw => ({ at: '', reason });
const under = (place: string, { at, reason }: Flaw): Flaw => ({ at: place + at, reason });

/** One look over data before they are encoded. Every value takes a byte at least, so more values than bytes are not looked at. */
class Inspection {
  readonly #maxValues: number;
  #values = 0;

  constructor(maxValues: number) {
    this.#maxValues = maxValues;
  }

  flawOf(value: unknown, depth: number): Flaw | undefined {
    if (++this.#values > this.#maxValues) fail('PAYLOAD_TOO_LARGE', { values: this.#values, max: this.#maxValues });
    switch (typeof value) {
      case 'undefined':
      case 'boolean':
      case 'number':
        return undefined;
      case 'string':
        return LONE_SURROGATE.test(value) ? flaw('text that is not well-formed') : undefined;
      case 'bigint':
        return value < -(2n ** 63n) || value >= 2n ** 64n ? flaw('a bigint over 64 bits') : undefined;
      case 'object':
        return value === null ? undefined : this.#flawOfObject(value, depth);
      default:
        return flaw(`a ${typeof value}`);
    }
  }

  #flawOfObject(value: object, depth: number): Flaw | undefined {
    if (value instanceof Uint8Array) return undefined;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? flaw('an invalid date') : undefined;
    if (depth === DATA_DEPTH) return flaw(`nested deeper than ${DATA_DEPTH}, or cyclic`);
    if (Array.isArray(value)) return this.#flawOfArray(value, depth);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return flaw(`a ${nameOf(prototype)}`);
    return this.#flawOfFields(value as Record<string, unknown>, depth);
  }

  #flawOfArray(values: readonly unknown[], depth: number): Flaw | undefined {
    for (let place = 0; place < values.length; place++) {
      const found = this.flawOf(values[place], depth + 1);
      if (found) return under(`[${place}]`, found);
    }
    return undefined;
  }

  #flawOfFields(fields: Record<string, unknown>, depth: number): Flaw | undefined {
    for (const key of Object.keys(fields)) {
      if (key === '__proto__') return under('.__proto__', flaw('a key that cannot be carried'));
      const found = this.flawOf(fields[key], depth + 1);
      if (found) return under(`.${key}`, found);
    }
    return undefined;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

const nameOf = (prototype: { constructor?: { name?: unknown } }): string => String(prototype.constructor?.name ?? 'strange object');
