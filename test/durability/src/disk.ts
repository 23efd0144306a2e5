import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { intBelow, type Random } from '@tiercel/actors';
import { readLog } from './disk-log.js';
import { type Change, Image, WatchedFile } from './image.js';

/**
 * What becomes of changes that were not flushed. `none` survives; or the first of them do and the next in part (`torn`, of files that
 * are only appended to); or any of them do, page by page (`scattered`, of files written in place).
 */
export type Tear = 'none' | 'torn' | 'scattered';

/** What a power cut took. */
export interface Cut {
  readonly files: number;
  /** Bytes that had been written and not flushed, whether or not they survived. */
  readonly atRiskBytes: number;
}

/**
 * Puts the files under `dir` into the state in which a power cut at this moment leaves them: what the log says was flushed, and of the
 * rest what `tear` lets survive. Throws when the log does not explain what is in the files: then something was written past the shim.
 */
export function cutPower(dir: string, log: string, tear: Tear, random: Random): Cut {
  const watched = replay(log);
  let atRiskBytes = 0;
  const paths = filesUnder(dir);
  for (const path of paths) {
    const file = watched.get(statSync(path, { bigint: true }).ino) ?? new WatchedFile();
    const found = readFileSync(path);
    requireExplained(path, found, file);
    atRiskBytes += file.pending.reduce((sum, change) => sum + (change.kind === 'written' ? change.bytes.length : 0), 0);
    writeFileSync(path, survivorOf(file, tear, random).bytes);
  }
  return { files: paths.length, atRiskBytes };
}

function replay(log: string): Map<bigint, WatchedFile> {
  const files = new Map<bigint, WatchedFile>();
  for (const line of readLog(log)) {
    if (line.kind === 'gone') {
      files.delete(line.file);
      continue;
    }
    const file = files.get(line.file) ?? new WatchedFile();
    files.set(line.file, file);
    file.take(line);
  }
  return files;
}

const filesUnder = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());

/** All that was written down, flushed or not, is what the file holds. More of it is unseen, and so counts as not flushed. */
function requireExplained(path: string, found: Buffer, { lasting, pending, isWritten }: WatchedFile): void {
  if (!isWritten) return;
  const whole = imageOf(lasting, pending).bytes;
  if (whole.length > found.length || whole.compare(found, 0, whole.length) !== 0)
    throw new Error(`${path} holds ${found.length} bytes that are not the ${whole.length} written down`);
}

function survivorOf({ lasting, pending }: WatchedFile, tear: Tear, random: Random): Image {
  if (tear === 'none') return lasting;
  if (tear === 'scattered')
    return imageOf(
      lasting,
      pending.flatMap(pages).filter(() => random.next() < 0.5),
    );
  const whole = intBelow(random, pending.length + 1);
  const next = pending[whole];
  return imageOf(lasting, [...pending.slice(0, whole), ...(next?.kind === 'written' ? [startOf(next, random)] : [])]);
}

function imageOf(lasting: Image, changes: readonly Change[]): Image {
  const image = new Image();
  image.apply({ kind: 'written', file: 0n, at: 0, bytes: lasting.bytes, lasting: false });
  for (const change of changes) image.apply(change);
  return image;
}

const startOf = (change: Change & { kind: 'written' }, random: Random): Change => ({
  ...change,
  bytes: change.bytes.subarray(0, intBelow(random, change.bytes.length + 1)),
});

const PAGE_BYTES = 4_096;

/** A write as the pages it touches: a disk writes each of them whole or not at all. */
function pages(change: Change): Change[] {
  if (change.kind === 'resized') return [change];
  const parts: Change[] = [];
  for (let at = 0; at < change.bytes.length; ) {
    const end = Math.min(change.bytes.length, at + PAGE_BYTES - ((change.at + at) % PAGE_BYTES));
    parts.push({ ...change, at: change.at + at, bytes: change.bytes.subarray(at, end) });
    at = end;
  }
  return parts;
}
