/** What a client may ask, as one line or one line and its data say it. Queue names are ISO-8859-1: one character a byte. */
export type Request =
  | SetRequest
  | Oversized
  | GetRequest
  | { readonly kind: 'delete' | 'flush' | 'flush_expired'; readonly queue: string }
  | { readonly kind: 'flush_all' | 'flush_all_expired' | 'stats' | 'version' | 'reload' | 'shutdown' }
  /** Nothing is read after it. */
  | { readonly kind: 'quit' }
  /** No names: all queues. */
  | { readonly kind: 'dump_stats'; readonly queues: readonly string[] }
  | { readonly kind: 'monitor'; readonly queue: string; readonly seconds: number; readonly max?: number }
  | { readonly kind: 'confirm'; readonly queue: string; readonly count: number }
  /** Without a level the status is asked for. */
  | { readonly kind: 'status'; readonly level?: StatusLevel }
  | Fault;

export interface SetRequest {
  readonly kind: 'set';
  readonly queue: string;
  readonly flags: number;
  /** 0: never; below 1,000,000: seconds from now, a negative one is over; from there on epoch seconds. */
  readonly expiry: number;
  /** May be a view of the bytes that were pushed: copy what is kept for long, it holds on to all of them. */
  readonly data: Uint8Array;
}

/** A `set` whose item is over the bound of the parser; its data were dropped as they came. It is answered NOT_STORED. */
export interface Oversized {
  readonly kind: 'oversized';
  readonly queue: string;
  readonly bytes: number;
}

/**
 * Combinations that are forbidden do not come out. In this order: `abort` alone and END; else `close`; a pure close ends with END; else the fetch.
 */
export interface GetRequest {
  readonly kind: 'get';
  readonly queue: string;
  /** 0: does not wait. */
  readonly waitMs: number;
  readonly open: boolean;
  readonly close: boolean;
  readonly abort: boolean;
  readonly peek: boolean;
}

/** What is refused before anybody looks at a queue. */
export interface Fault {
  readonly kind: 'fault';
  /** Empty: nothing is answered. */
  readonly reply: 'CLIENT_ERROR' | '';
  /** The connection ends after the reply. Nothing is read after it. */
  readonly close: boolean;
  /** For a log line; a constant text. */
  readonly reason: string;
}

/** As STATUS answers them. A server that is down is not asked. */
export const STATUS_LEVELS = ['UP', 'READONLY', 'QUIESCENT', 'WRITEAVOID'] as const;
export type StatusLevel = (typeof STATUS_LEVELS)[number];

export const isStatusLevel = (word: string): word is StatusLevel => (STATUS_LEVELS as readonly string[]).includes(word);
