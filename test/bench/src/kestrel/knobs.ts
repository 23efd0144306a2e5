import type { Storage } from './door.js';

/** What may be turned at a bench; names and meanings are those of the load scripts that came with Kestrel. */
export interface Knobs {
  readonly store: Storage;
  readonly clients: number;
  readonly items: number;
  readonly bytes: number;
  /** Requests that a client sends at once. */
  readonly batch: number;
  readonly queues: number;
  readonly cycles: number;
  readonly producers: number;
  readonly consumers: number;
  /** Items that are there before the clock starts. */
  readonly prefill: number;
  /** Per cent of clients that go away before they read what they asked for. */
  readonly kill: number;
  /** Consumers wait at the server for an item; else they ask again when there was none. */
  readonly blocking: boolean;
  /** Get what was put back. */
  readonly get: boolean;
}

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'items/s' | 'ms' | 'MB' | 'times';
}

/** One bench: what it found. It throws when an item was lost or came twice. */
export type Bench = (port: number, knobs: Knobs, pid: number) => Promise<readonly Figure[]>;
