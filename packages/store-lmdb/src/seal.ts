import { crc32 } from 'node:zlib';

/** Layout of everything that is stored. A store of another layout is not opened. */
export const LAYOUT = 1;
/** In front of what is sealed. */
export const CRC_BYTES = 4;

/** Puts the CRC-32 of what follows into the four bytes left for it, and returns the whole. */
export function seal(value: Buffer): Buffer {
  value.writeUInt32BE(crc32(value.subarray(CRC_BYTES)), 0);
  return value;
}

/** What was sealed, or `undefined` when a bit of it is not as it was. */
export function unseal(value: Buffer): Buffer | undefined {
  if (value.length < CRC_BYTES) return undefined;
  const sealed = value.subarray(CRC_BYTES);
  return crc32(sealed) === value.readUInt32BE(0) ? sealed : undefined;
}

/** Bytes as they are, sealed. */
export function sealBytes(bytes: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(CRC_BYTES + bytes.length);
  value.set(bytes, CRC_BYTES);
  return seal(value);
}

/** Plain values as JSON, sealed. */
export function sealJson(plain: unknown): Buffer {
  const text = JSON.stringify(plain);
  const value = Buffer.allocUnsafe(CRC_BYTES + Buffer.byteLength(text));
  value.write(text, CRC_BYTES);
  return seal(value);
}

/** The inverse of {@link sealJson}. */
export function unsealJson(value: Buffer): unknown {
  const sealed = unseal(value);
  return sealed && JSON.parse(sealed.toString());
}
