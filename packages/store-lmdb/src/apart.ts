import { fail } from '@tiercel/protocol';
import type { Body, JobRecord } from '@tiercel/store/memory-shard';
import type { Journal } from './journal.js';
import { unseal } from './seal.js';

/**
 * Larger payloads and results are rows of their own. So a step of a job does not write them again, and once they are on disk memory
 * lets go of them: what is waiting costs memory by its number, not by its size.
 */
export const INLINE_BYTES = 512;

export const isApart = (body: Body | undefined): body is Body => body !== undefined && body.length > INLINE_BYTES;

export type Part = 'payload' | 'result';
export const PARTS: readonly Part[] = ['payload', 'result'];

/** Bytes that are read from the disk whenever somebody wants them. */
export class Apart implements Body {
  readonly #journal: Journal;
  readonly #part: Part;
  readonly #tenant: string;
  readonly #id: string;
  readonly length: number;

  constructor(journal: Journal, part: Part, tenant: string, id: string, length: number) {
    this.#journal = journal;
    this.#part = part;
    this.#tenant = tenant;
    this.#id = id;
    this.length = length;
  }

  /** Throws CORRUPT when they are not as they were written. */
  slice(): Uint8Array {
    const row = this.#journal.read(this.#part, this.#tenant, this.#id);
    const bytes = row && unseal(row);
    if (bytes?.length !== this.length) fail('CORRUPT', { tenant: this.#tenant, id: this.#id });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** Jobs of which a part stands in a row of its own, so that it goes when the job needs it no more. */
export type ApartJobs = Readonly<Record<Part, Set<JobRecord>>>;
