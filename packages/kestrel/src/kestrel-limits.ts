const KIB = 1024;

/** Every bound of this package, by name, and what is taken where nothing else is said. Sizes in bytes, times in milliseconds. */
export const KESTREL_LIMITS = {
  /** Of a line, without its end. Kestrel has no bound; a DUMP_STATS that names many queues is the longest line there is. */
  lineBytes: 8 * KIB,
  /** Of an item. Kestrel has no bound of its own and gathers the item whole. */
  itemBytes: 1024 * KIB,
  /** Of a queue's name, as far as a server's file system goes. */
  queueNameBytes: 255,
  /** Of a name that every compatible server takes. */
  portableNameBytes: 100,
  /** Of a key with its options; libraries refuse longer ones. */
  keyBytes: 250,
  /** An item up to this is copied into one buffer with what surrounds it; a larger one is handed on as it is. */
  joinedBytes: 4 * KIB,
  /** Items of one `put` of the line protocol; the line behind the last one ends it, whatever is in it. */
  putItems: 1024,
  /** The same together; what is behind is not stored. Kestrel has no bound. */
  putBytes: 4 * 1024 * KIB,
  /** STAT lines of one reply, together. */
  statsBytes: 16 * 1024 * KIB,
  /** Where servers listen. */
  port: 22_133,
  connectMs: 4_000,
  /** Beyond what the server was asked to wait. */
  replyMs: 5_000,
  /** An idle connection is probed after this: what holds open reads often says nothing for long. */
  keepAliveMs: 30_000,
  /** How long the end of a connection may take once `quit` was said. */
  quitMs: 1_000,
  /** Requests of one connection that wait for their reply, and bytes of them that the server has not taken; beyond either a request is BUSY. */
  pendingReplies: 10_000,
  unwrittenBytes: 32 * 1024 * KIB,
  /** Calls that wait for their turn at a client; one more is BUSY. */
  waitingCalls: 10_000,
  /** Sets that a client has under way at once, and about how many bytes of them. */
  sharingCalls: 1_000,
  sharingBytes: 8 * 1024 * KIB,
  /** Queues with an open read that a client keeps apart. */
  openReads: 1_000,
} as const;
