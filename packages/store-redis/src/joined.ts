/** Parts one behind the other; of one alone no copy is made. */
export function joined(parts: readonly Uint8Array[]): Buffer {
  const [only, ...others] = parts;
  if (only === undefined || others.length > 0) return Buffer.concat(parts);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}
