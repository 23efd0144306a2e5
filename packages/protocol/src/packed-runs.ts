import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

interface Run {
  readonly count: number;
}

/** What travels packed: how many runs there are (2), then each. */
export interface PackedRuns<R extends Run> {
  /** Of the items of all runs. */
  readonly count: number;
  readonly runs: readonly R[];
  readonly bytes: Uint8Array;
}

/** Throws a RangeError for bytes that are too few or too many, and what `readRun` throws. */
export function readRuns<R extends Run>(bytes: Uint8Array, readRun: (from: ByteReader) => R): PackedRuns<R> {
  const from = new ByteReader(bytes);
  const runs: R[] = [];
  let count = 0;
  for (let left = from.u16(); left > 0; left--) {
    const run = readRun(from);
    runs.push(run);
    count += run.count;
  }
  if (from.left > 0) throw new RangeError(`${from.left} bytes too many`);
  return { count, runs, bytes };
}

/** `packRun` writes the run that begins with an item, and returns what is made of it when all bytes are there. */
export function packRuns<T, R extends Run>(
  items: readonly T[],
  capacity: number,
  packRun: (to: ByteWriter, from: number) => { readonly count: number; readonly made: (bytes: Buffer) => R },
): PackedRuns<R> {
  const to = new ByteWriter(capacity);
  to.u16(0);
  const makers: ((bytes: Buffer) => R)[] = [];
  for (let from = 0; from < items.length; ) {
    const { count, made } = packRun(to, from);
    makers.push(made);
    from += count;
  }
  to.patch16(0, makers.length);
  const bytes = to.finish();
  return { count: items.length, runs: makers.map((made) => made(bytes)), bytes };
}

/** Writes a part with its length, 4 bytes, before it, and returns where it is. */
export function writePart(to: ByteWriter, write: () => void): { readonly at: number; readonly end: number } {
  const at = to.u32(0).length;
  write();
  to.patch32(at - 4, to.length - at);
  return { at, end: to.length };
}
