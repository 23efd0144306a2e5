import { KESTREL_LIMITS } from './kestrel-limits.js';

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Data between a line and what ends them, to be written one after the other. Large data are not copied. */
export function framed(line: string, data: Uint8Array, tail: Buffer): readonly Uint8Array[] {
  if (data.byteLength > KESTREL_LIMITS.joinedBytes) return [latin1(line), data, tail];
  const bytes = Buffer.allocUnsafe(line.length + data.byteLength + tail.byteLength);
  bytes.write(line, 'latin1');
  bytes.set(data, line.length);
  bytes.set(tail, line.length + data.byteLength);
  return [bytes];
}
