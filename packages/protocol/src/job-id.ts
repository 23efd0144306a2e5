import { requireForm } from './byte-reader.js';
import { isJobId } from './names.js';

/*
 * Ids as they are stored: a UUID in canonical lower-case form as a zero byte and its 16 bytes, any other as its text. No text begins
 * with a zero byte, so the two cannot meet.
 */

const PACKED = 17;
/** Where in the text the digits of each byte are. */
const DIGITS_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const UUID_CHARS = 36;
/** Character codes of the digits. */
const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** Value of a lower-case hex digit by its character code; 255 for any other character. */
const DIGIT = Uint8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

const scratch = Buffer.alloc(PACKED);

/** The stored form of an id, for use before the next call: a UUID's comes in a buffer that is used again. */
export function packId(id: string): Buffer {
  return id.length === UUID_CHARS && packUuid(id) ? scratch : Buffer.from(id, 'latin1');
}

/** Throws a RangeError unless the bytes are so many ids in the stored form, the only one each has, with its length, a byte, before it. */
export function requireIds(bytes: Buffer, count: number): void {
  let at = 0;
  for (let n = 0; n < count; n++) {
    const end = at + 1 + (bytes[at] ?? 0);
    requireForm(end <= bytes.length && isStoredId(bytes, at + 1, end), 'id');
    at = end;
  }
  requireForm(at === bytes.length, 'ids');
}

/** Whether these bytes are an id in the stored form. */
export function isStoredId(bytes: Buffer, from: number, end: number): boolean {
  if (bytes[from] === 0) return end - from === PACKED;
  const text = bytes.toString('latin1', from, end);
  return isJobId(text) && !(text.length === UUID_CHARS && packUuid(text));
}

export function unpackId(stored: Buffer): string {
  return stored[0] === 0 ? uuidOf(stored) : stored.toString('latin1');
}

function packUuid(id: string): boolean {
  for (let at = 0; at < 16; at++) {
    const from = DIGITS_AT[at] as number;
    const high = DIGIT[id.charCodeAt(from)] as number;
    const low = DIGIT[id.charCodeAt(from + 1)] as number;
    if (!(high < 16 && low < 16)) return false;
    scratch[at + 1] = (high << 4) | low;
  }
  return id[8] === '-' && id[13] === '-' && id[18] === '-' && id[23] === '-';
}

const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');

/** Made in one piece: a text put together from parts is put together again by whoever reads it. */
function uuidOf(stored: Buffer): string {
  for (let at = 0; at < 16; at++) {
    const byte = stored[at + 1] as number;
    const to = DIGITS_AT[at] as number;
    text[to] = HEX[byte >> 4] as number;
    text[to + 1] = HEX[byte & 15] as number;
  }
  return text.toString('latin1');
}
