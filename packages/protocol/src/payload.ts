import { Packr } from 'msgpackr';
import { fail, TiercelError } from './errors.js';
import type { Encoding } from './job.js';
import { LIMITS } from './limits.js';
import { scan } from './scan.js';

const packr = new Packr({ useRecords: false, moreTypes: false });
const DATA_DEPTH = 64;
const BOUNDS = { depth: DATA_DEPTH, items: LIMITS.payloadBytes, envelopeBytes: Number.MAX_SAFE_INTEGER, dates: true };

/**
 * The data of a job, or the result of one, as bytes. Carries null, booleans, numbers, text, bigints of 64 bits, dates, bytes, arrays
 * and plain objects, nested at most 64 deep; `undefined` becomes null at the top. Throws BAD_DATA naming the place of what it
 * cannot carry, or PAYLOAD_TOO_LARGE.
 */
export function encodeData(data: unknown, maxBytes: number = LIMITS.payloadBytes): Uint8Array {
  requirePlain(data, 'data', 0);
  const encoded = packr.pack(data ?? null);
  return encoded.length <= maxBytes ? encoded : fail('PAYLOAD_TOO_LARGE', { bytes: encoded.length, max: maxBytes });
}

/** The inverse of {@link encodeData}; `json` gives what the text says, `raw` the bytes themselves. Throws BAD_DATA. */
export function decodeData(payload: Uint8Array, encoding: Encoding = 'msgpack'): unknown {
  if (encoding === 'raw') return payload;
  try {
    if (encoding === 'json') return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    scan(payload, BOUNDS);
    return packr.unpack(payload);
  } catch (error) {
    throw new TiercelError('BAD_DATA', { encoding }, error);
  }
}

function requirePlain(value: unknown, at: string, depth: number): void {
  if (depth > DATA_DEPTH) fail('BAD_DATA', { at: at.slice(0, 200), reason: `nested deeper than ${DATA_DEPTH}, or cyclic` });
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
      return;
    case 'bigint':
      if (value < -(2n ** 63n) || value >= 2n ** 64n) fail('BAD_DATA', { at, reason: 'a bigint over 64 bits' });
      return;
    case 'object':
      requirePlainObject(value, at, depth);
      return;
    default:
      fail('BAD_DATA', { at: at.slice(0, 200), reason: `a ${typeof value}` });
  }
}

function requirePlainObject(value: object | null, at: string, depth: number): void {
  if (value === null || value instanceof Uint8Array) return;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) fail('BAD_DATA', { at, reason: 'an invalid date' });
    return;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) requirePlain(value[index], `${at}[${index}]`, depth + 1);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    fail('BAD_DATA', { at: at.slice(0, 200), reason: `a ${value.constructor?.name ?? 'strange object'}` });
  for (const [key, part] of Object.entries(value)) requirePlain(part, `${at}.${key}`, depth + 1);
}
