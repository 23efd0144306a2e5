import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@tiercel/protocol';

/** On the first page of a file: that this holds a header, that it is of LMDB, and in which layout. */
const FLAGS_AT = 18;
const MAGIC_AT = 24;
const VERSION_AT = 28;
const HEADER_BYTES = 32;
const IS_HEADER = 0x08;
const MAGIC = 0xbeefc0de;
const VERSION = 2;

/**
 * Throws STORAGE_UNFIT when a directory has a file that lmdb cannot open: 3.5.6 does not say so of one without a proper header, and ends
 * the process by a segmentation fault.
 */
export function requireHeader(directory: string): void {
  const file = join(directory, 'data.mdb');
  const header = beginningOf(file);
  if (header.length > 0 && !isHeader(header))
    fail('STORAGE_UNFIT', { file, reason: 'no file of LMDB, or damaged', remedy: REMEDY });
}

const REMEDY = 'move it away, or put a copy in its place';

/** Empty when nobody has written it yet. */
function beginningOf(file: string): Buffer {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return Buffer.alloc(0);
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Numbers stand as the machine has them; lmdb is shipped for machines that begin with the low byte. */
function isHeader(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const isMarked = (bytes.readUInt16LE(FLAGS_AT) & IS_HEADER) !== 0;
  return isMarked && bytes.readUInt32LE(MAGIC_AT) === MAGIC && bytes.readUInt16LE(VERSION_AT) === VERSION;
}
