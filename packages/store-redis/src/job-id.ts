/*
 * Ids as they are stored: a UUID in canonical lower-case form as a zero byte and its 16 bytes, any other as its text. No text begins
 * with a zero byte, so the two cannot meet.
 */

const PACKED = 17;
const DASHES = new Set([8, 13, 18, 23]);
const UUID_CHARS = 36;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Value of a lower-case hex digit by its character code; 255 for any other character. */
const DIGIT = Uint8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

const scratch = Buffer.alloc(PACKED);

/** The stored form of an id, for use before the next call: a UUID's comes in a buffer that is used again. */
export function packId(id: string): Buffer {
  return id.length === UUID_CHARS && packUuid(id) ? scratch : Buffer.from(id, 'latin1');
}

export function unpackId(stored: Buffer): string {
  return stored[0] === 0 ? uuidOf(stored) : stored.toString('latin1');
}

function packUuid(id: string): boolean {
  let at = 0;
  for (let from = 0; from < UUID_CHARS; from += 2) {
    if (DASHES.has(from) && id.charCodeAt(from++) !== 45) return false;
    const high = DIGIT[id.charCodeAt(from)] ?? 255;
    const low = DIGIT[id.charCodeAt(from + 1)] ?? 255;
    if (high === 255 || low === 255) return false;
    scratch[++at] = (high << 4) | low;
  }
  return true;
}

function uuidOf(stored: Buffer): string {
  let text = '';
  for (let at = 1; at < PACKED; at++) {
    if (at === 5 || at === 7 || at === 9 || at === 11) text += '-';
    text += HEX[stored[at] as number];
  }
  return text;
}
