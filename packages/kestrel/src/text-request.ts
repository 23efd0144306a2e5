import type { StatusLevel } from './request.js';

/** What a client of the line protocol (port 2222) may ask. Times are in milliseconds from now. Queue names are ISO-8859-1: one character a byte. */
export type TextRequest =
  | PutRequest
  /** Either first closes every open read of the queue; `get` then opens the next item. 0: does not wait. */
  | { readonly kind: 'get' | 'peek'; readonly queue: string; readonly waitMs: number }
  /** As `get`, item by item until the time is over or no more may be open. */
  | { readonly kind: 'monitor'; readonly queue: string; readonly waitMs: number }
  | { readonly kind: 'confirm'; readonly queue: string; readonly count: number }
  | { readonly kind: 'flush' | 'delete'; readonly queue: string }
  /** Without a level the status is asked for. */
  | { readonly kind: 'status'; readonly level?: StatusLevel }
  | { readonly kind: 'version' | 'shutdown' }
  /** Nothing is read after it. */
  | { readonly kind: 'quit' }
  | TextFault;

export interface PutRequest {
  readonly kind: 'put';
  readonly queue: string;
  /** Absent: never; negative: over already. */
  readonly expiryMs?: number;
  readonly items: readonly Uint8Array[];
  /** Items that were over a bound, dropped as they came. They are not stored, and so not counted in the reply. */
  readonly dropped: number;
}

/** What is refused before anybody looks at a queue. */
export interface TextFault {
  readonly kind: 'fault';
  /** What is answered behind a `-`. */
  readonly message: string;
  /** Only where the stream is lost: a line so long that nobody can know what the next ones are. Nothing is read after it. */
  readonly close: boolean;
}
