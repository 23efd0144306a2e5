import type { JobRequest } from '@tiercel/client';
import { decodeData, encodeData } from '@tiercel/protocol';
import { nameOf, shown } from './shown.js';

/** A job as it was enqueued. */
export class Entry {
  readonly tenant: string;
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly data: unknown;
  /** Virtual. */
  readonly atMs: number;
  /** When it is to be ready. */
  readonly dueAtMs: number;

  constructor(tenant: string, id: string, request: JobRequest, atMs: number, dueAtMs: number) {
    this.tenant = tenant;
    this.id = id;
    this.queue = request.queue;
    this.name = request.name;
    this.data = carried(request);
    this.atMs = atMs;
    this.dueAtMs = dueAtMs;
  }

  toString(): string {
    const due = this.dueAtMs > this.atMs ? `, due ${new Date(this.dueAtMs).toISOString()}` : '';
    return `${nameOf(this)}: ${shown(this.data)}${due}`;
  }
}

/** Every job that was enqueued, in order. */
export class Book {
  readonly entries: Entry[] = [];
  readonly #places = new Map<string, number>();

  add(entry: Entry): void {
    this.#places.set(keyOf(entry), this.entries.length);
    this.entries.push(entry);
  }

  find(job: { readonly tenant: string; readonly id: string }): Entry | undefined {
    return this.entries[this.placeOf(job)];
  }

  /** How many were enqueued before it. */
  placeOf(job: { readonly tenant: string; readonly id: string }): number {
    return this.#places.get(keyOf(job)) ?? this.entries.length;
  }
}

/** Data as the handler's side reads them: what a caller changes later, or what cannot be carried, is not in them. */
export const carried = ({ data, encoding }: Pick<JobRequest, 'data' | 'encoding'>): unknown =>
  encoding === undefined ? decodeData(encodeData(data)) : decodeData(data as Uint8Array, encoding);

const keyOf = ({ tenant, id }: { readonly tenant: string; readonly id: string }): string => `${tenant} ${id}`;
