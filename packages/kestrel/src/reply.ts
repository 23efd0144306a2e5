/** What a server says to one request. Only a whole reply comes out, in the order of the requests. */
export type Reply =
  | Item
  /** To a get: nothing is there; to others: done. */
  | { readonly kind: 'end' }
  | { readonly kind: 'stored' | 'not_stored' | 'deleted' }
  | { readonly kind: 'stats'; readonly stats: ReadonlyMap<string, string> }
  /** `VERSION 2.4.1`, `Flushed all queues.`: whoever asked for it knows what it has to be. */
  | { readonly kind: 'line'; readonly text: string }
  | ErrorReply
  | BrokenReply;

export interface Item {
  readonly kind: 'item';
  /** Without options, whatever was asked for: not to be compared with what was. */
  readonly queue: string;
  /** May be a view of the bytes that were pushed. */
  readonly data: Uint8Array;
}

/** The server refuses. Nothing can be known of the connection after it, nor of what is open on it: it is to be closed. */
export interface ErrorReply {
  readonly kind: 'error';
  readonly word: 'ERROR' | 'CLIENT_ERROR' | 'SERVER_ERROR';
  /** The whole line; Kestrel says no more than the word. */
  readonly text: string;
}

/** What is no reply of this protocol. The stream is lost: nothing is read after it. */
export interface BrokenReply {
  readonly kind: 'broken';
  /** For people. */
  readonly reason: string;
}
