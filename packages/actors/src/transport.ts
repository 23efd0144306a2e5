import type { Undo } from './time.js';

/** A message as a transport hands it over. */
export interface Inbound {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Absent when nobody waits for an answer. */
  respond?(body: Uint8Array): void;
}

/**
 * Moves bytes between systems. Subjects are dotted tokens; in `serve`, `*` stands for one token. Nothing is stored and nothing is
 * promised but: a request is answered, or fails with UNREACHABLE (nobody serves the subject), NO_ANSWER or STOPPED.
 */
export interface Transport {
  /** Serves a subject pattern. Of the servers that name the same `group`, one gets a message; without a group all do. */
  serve(pattern: string, handle: (message: Inbound) => void, options?: { readonly group?: string }): Promise<() => Promise<void>>;
  /** `false` when it surely was not sent. */
  send(subject: string, body: Uint8Array): boolean;
  request(
    subject: string,
    body: Uint8Array,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
  /** Largest body it carries, in bytes. */
  readonly maxBytes: number;
  /** Tells whether the wire is up, now and at every change. */
  watch(notify: (up: boolean) => void): Undo;
  close(): Promise<void>;
}

/** Bytes for the bodies and replies of a contract. Decoding checks: it throws BAD_MESSAGE and the like. */
export type Codec<P> = {
  readonly [K in keyof P]: {
    readonly body: Shape<P[K] extends (body: infer B) => unknown ? B : never>;
    readonly reply: Shape<P[K] extends (body: never) => infer R ? R : never>;
  };
};

export interface Shape<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
