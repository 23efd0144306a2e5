import { open, type RootDatabase } from 'lmdb';
import { requireHeader } from './header.js';
import { type Key, type Kind, keyOf, rangeOf } from './key.js';

/** A row to be stored, or without a value to be taken away. */
export interface Row {
  readonly key: Key;
  readonly value?: Uint8Array;
}

/** Where rows are kept. */
export interface Journal {
  read(kind: Kind, ...names: readonly string[]): Buffer | undefined;
  /** All rows of a kind, by key, as they are when the first is read. */
  rows(kind: Kind): Iterable<{ readonly key: Uint8Array; readonly value: Buffer }>;
  /** All or none; over when they are on the disk. Rejects with an errno as `code`. */
  write(rows: readonly Row[]): Promise<void>;
  /** In the file, which never shrinks: of pages that hold nothing any more. */
  reusableBytes(): number;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * The LMDB environment of a store. With `overlappingSync` off a commit ends when its pages and then its root are on the disk (seen with
 * 3.5.6 and an fdatasync made slow). With `eventTurnBatching` on, lmdb keeps a promise of its own for a commit, and when that fails
 * nobody hears of it but `unhandledRejection`.
 */
export class LmdbJournal implements Journal {
  readonly #db: RootDatabase<Buffer, Key>;
  #closed: Promise<void> | undefined;

  private constructor(db: RootDatabase<Buffer, Key>) {
    this.#db = db;
  }

  /** Throws STORAGE_UNFIT of a file that is none, and what lmdb throws. */
  static open(path: string): LmdbJournal {
    requireHeader(path);
    const options = { noSubdir: false, encoding: 'binary', keyEncoding: 'binary', maxDbs: 1 } as const;
    return new LmdbJournal(open({ ...options, path, overlappingSync: false, eventTurnBatching: false }));
  }

  read(kind: Kind, ...names: readonly string[]): Buffer | undefined {
    return this.#db.getBinary(keyOf(kind, ...names));
  }

  *rows(kind: Kind): Iterable<{ readonly key: Uint8Array; readonly value: Buffer }> {
    yield* this.#db.getRange(rangeOf(kind));
  }

  async write(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.#db.batch(() => {
        for (const { key, value } of rows) void (value ? this.#db.put(key, value as Buffer) : this.#db.remove(key));
      });
    } catch (error) {
      throw await causeOf(error);
    }
  }

  reusableBytes(): number {
    if (this.#closed) return 0;
    const { pageSize, lastPageNumber, free, ...tree } = this.#db.getStats() as Stats;
    return Math.max(0, lastPageNumber + 1 - META_PAGES - pagesOf(tree) - pagesOf(free)) * pageSize;
  }

  close(): Promise<void> {
    this.#closed ??= this.#db.close();
    return this.#closed;
  }
}

interface Tree {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** As lmdb gives them, and does not declare them. */
interface Stats extends Tree {
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly free: Tree;
}

const META_PAGES = 2;

const pagesOf = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: Tree): number =>
  treeBranchPageCount + treeLeafPageCount + overflowPages;

/** A failed commit is told in two errors, and what went wrong is in the second, a promise that is rejected when nobody waits for it. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (!commitError) return error;
  return commitError.catch((cause: unknown) => cause);
}
