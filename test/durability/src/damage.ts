import { intBelow, type Random } from '@tiercel/actors';

/** Bytes as a failing disk or memory may give them back: with bits flipped, overwritten in part, cut off, or with bytes too many. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  const kind = intBelow(random, 10);
  if (kind < 5) return flipped(bytes, 1, random);
  if (kind < 7) return flipped(bytes, 2 + intBelow(random, 7), random);
  if (kind < 8) return overwritten(bytes, random);
  if (kind < 9) return bytes.subarray(0, intBelow(random, bytes.length));
  return Buffer.concat([bytes, random.bytes(1 + intBelow(random, 20))]);
}

function flipped(bytes: Buffer, count: number, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let nth = 0; nth < count; nth++) copy[intBelow(random, copy.length)]! ^= 1 << intBelow(random, 8);
  return copy;
}

function overwritten(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const from = intBelow(random, copy.length);
  copy.set(random.bytes(1 + intBelow(random, Math.min(16, copy.length - from))), from);
  return copy;
}
