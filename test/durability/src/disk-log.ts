import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** What the shim wrote down; shim/disk.c is the other side. Files are inode numbers. */
export type Line =
  | { readonly kind: 'written'; readonly file: bigint; readonly at: number; readonly bytes: Buffer; readonly lasting: boolean }
  | { readonly kind: 'resized'; readonly file: bigint; readonly size: number }
  | { readonly kind: 'begun'; readonly file: bigint; readonly flush: bigint }
  | { readonly kind: 'flushed'; readonly file: bigint; readonly flush: bigint }
  | { readonly kind: 'gone'; readonly file: bigint };

const LINE_BYTES = 24;

/** The lines in order. The last one may be cut off, as whoever wrote it was killed. */
export function readLog(path: string): Line[] {
  if (endianness() !== 'LE') throw new Error('the log is read on little-endian machines only');
  const log = readFileSync(path);
  const lines: Line[] = [];
  for (let at = 0; at + LINE_BYTES <= log.length; ) {
    const end = at + LINE_BYTES + log.readUInt32LE(at + 4);
    if (end > log.length) break;
    lines.push(lineOf(log.subarray(at, end)));
    at = end;
  }
  return lines;
}

function lineOf(line: Buffer): Line {
  const [letter, file, number] = [String.fromCharCode(line[0]!), line.readBigUInt64LE(8), line.readBigUInt64LE(16)];
  switch (letter) {
    case 'W':
      return { kind: 'written', file, at: Number(number), bytes: line.subarray(LINE_BYTES), lasting: line[1] === 1 };
    case 'R':
      return { kind: 'resized', file, size: Number(number) };
    case 'B':
      return { kind: 'begun', file, flush: number };
    case 'F':
      return { kind: 'flushed', file, flush: number };
    case 'G':
      return { kind: 'gone', file };
    default:
      throw new Error(`a line of the log begins with ${letter}`);
  }
}
