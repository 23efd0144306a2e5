import { type HeldBatch, NUMBERS_OF_LEASE } from './held-batch.js';

/** Words of eight bytes; a power of two. Enough for what a worker begins in a second, at the least. */
const WORDS = 2 ** 17;
const MASK = WORDS - 1;
const WORD_BYTES = 8;

/** Places of the counters in front of the words. Positions count words and wrap as 32-bit numbers do. */
const WRITTEN = 0;
const READ = 1;
const AWAKE = 2;
const COUNTERS_BYTES = 16;

/** What a frame is, in its second word. Its first is how many words it has: always an even number, so that one fits wherever another ended. */
const PADDING = 0;
const KEEP = 1;
const ENDED = 2;
const HEAD_WORDS = 2;
const KEEP_WORDS = HEAD_WORDS + 5;
const ENDED_WORDS = HEAD_WORDS + 1;

/** What a reader does with what it finds, in the order in which it was written. */
export interface KeeperRingReader {
  keep(batch: HeldBatch): void;
  ended(keys: readonly number[]): void;
}

/**
 * Leases on their way from the main thread to its keeper, in memory both see: a queue with one writer and one reader. The keeper comes to look
 * by itself while there is something to see, so that nobody is woken for a batch, which cost five times what all else of it does; what is
 * written is seen however long the writer is blocked afterwards.
 */
export class KeeperRing {
  readonly memory: SharedArrayBuffer;
  readonly #counters: Int32Array;
  readonly #words: Float64Array;
  readonly #bytes: Buffer;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(COUNTERS_BYTES + WORDS * WORD_BYTES)) {
    this.memory = memory;
    this.#counters = new Int32Array(memory, 0, COUNTERS_BYTES / 4);
    this.#words = new Float64Array(memory, COUNTERS_BYTES, WORDS);
    this.#bytes = Buffer.from(memory, COUNTERS_BYTES);
  }

  /** `false`: there is no room, and nothing was written. */
  keep({ first, count, endAt, timeoutMs, lines, numbers }: HeldBatch): boolean {
    const textAt = KEEP_WORDS + numbers.length;
    const at = this.#open(KEEP, textAt + Math.ceil(lines.length / WORD_BYTES));
    if (at === undefined) return false;
    const words = this.#words;
    words[at + 2] = first;
    words[at + 3] = count;
    words[at + 4] = endAt;
    words[at + 5] = timeoutMs;
    words[at + 6] = lines.length;
    words.set(numbers, at + KEEP_WORDS);
    this.#bytes.write(lines, (at + textAt) * WORD_BYTES, 'latin1'); // names, ids and tokens are ASCII
    this.#close(at);
    return true;
  }

  ended(keys: readonly number[]): boolean {
    const at = this.#open(ENDED, ENDED_WORDS + keys.length);
    if (at === undefined) return false;
    this.#words[at + HEAD_WORDS] = keys.length;
    this.#words.set(keys, at + ENDED_WORDS);
    this.#close(at);
    return true;
  }

  /** Reads all there is; whether there was anything. */
  read(reader: KeeperRingReader): boolean {
    const from = Atomics.load(this.#counters, READ);
    const until = Atomics.load(this.#counters, WRITTEN);
    for (let position = from; position !== until; ) {
      const at = position & MASK;
      this.#readFrame(at, reader);
      position = (position + (this.#words[at] as number)) | 0;
      Atomics.store(this.#counters, READ, position);
    }
    return from !== until;
  }

  /** The writer asks, after it wrote, whether somebody has to tell the reader. */
  get isWatched(): boolean {
    return Atomics.load(this.#counters, AWAKE) === 1;
  }

  /** The reader comes again by itself, or does so no more. It has to read once more after the latter. */
  watch(awake: boolean): void {
    Atomics.store(this.#counters, AWAKE, awake ? 1 : 0);
  }

  #readFrame(at: number, reader: KeeperRingReader): void {
    const kind = this.#words[at + 1];
    if (kind === KEEP) reader.keep(this.#readBatch(at + HEAD_WORDS));
    else if (kind === ENDED) reader.ended(Array.from(this.#wordsAt(at + ENDED_WORDS, this.#words[at + HEAD_WORDS] as number)));
  }

  #readBatch(at: number): HeldBatch {
    const [first, count, endAt, timeoutMs, bytes] = this.#wordsAt(at, KEEP_WORDS - HEAD_WORDS) as unknown as Fields;
    const numbers = this.#wordsAt(at + KEEP_WORDS - HEAD_WORDS, count * NUMBERS_OF_LEASE).slice();
    const textAt = (at + KEEP_WORDS - HEAD_WORDS + numbers.length) * WORD_BYTES;
    return { first, count, endAt, timeoutMs, lines: this.#bytes.toString('latin1', textAt, textAt + bytes), numbers };
  }

  #wordsAt(at: number, count: number): Float64Array {
    return this.#words.subarray(at, at + count);
  }

  /** Where a frame with room for so many words begins; it stands in one piece, behind padding when the end is too near. */
  #open(kind: number, least: number): number | undefined {
    const words = least + (least % 2);
    const written = Atomics.load(this.#counters, WRITTEN);
    const free = WORDS - ((written - Atomics.load(this.#counters, READ)) | 0);
    const at = written & MASK;
    const padding = words <= WORDS - at ? 0 : WORDS - at;
    if (padding + words > free) return undefined;
    if (padding === 0) return this.#begin(at, words, kind);
    this.#close(this.#begin(at, padding, PADDING));
    return this.#begin(0, words, kind);
  }

  #begin(at: number, words: number, kind: number): number {
    this.#words[at] = words;
    this.#words[at + 1] = kind;
    return at;
  }

  #close(at: number): void {
    Atomics.store(this.#counters, WRITTEN, (Atomics.load(this.#counters, WRITTEN) + (this.#words[at] as number)) | 0);
  }
}

type Fields = [first: number, count: number, endAt: number, timeoutMs: number, bytes: number];
