const KIB = 1024;

/** Every bound of this transport, by name. Sizes in bytes, times in milliseconds. */
export const SOCKET_LIMITS = {
  /** Largest body, as over NATS. */
  bodyBytes: 1024 * KIB,
  /** Processes and lease keepers that may be connected at once; one more is turned away. */
  connections: 256,
  /** Patterns that one connection may serve. */
  servings: 1_000,
  /** How long a new connection may take to say who it is, and the owner to answer. */
  helloMs: 2_000,
  /** What waits for a connection that reads slower than others write to it; beyond it the connection is cut. */
  slowBytes: 16 * 1024 * KIB,
  /** What may wait to be read by the owner; beyond it a request is BUSY. */
  unreadBytes: 32 * 1024 * KIB,
  /** Requests that may wait for an answer at once; one more is refused with BUSY. */
  pendingRequests: 20_000,
  /** How long the first connection is tried. */
  firstConnectMs: 5_000,
  /** Shortest and longest wait before a reconnect; the wait is drawn between them, the upper end doubling from try to try. */
  reconnectMinMs: 10,
  reconnectMaxMs: 1_000,
  /** How long `serve` waits for the word that it is known. */
  serveMs: 5_000,
  /** How long `close` waits for what is written to be read. */
  drainMs: 2_000,
} as const;
