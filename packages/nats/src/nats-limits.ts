const KIB = 1024;

/** Every bound of this transport, by name. Sizes in bytes, times in milliseconds. */
export const NATS_LIMITS = {
  /** Largest body, unless the server's own `max_payload` is lower. */
  bodyBytes: 1024 * KIB,
  /** Requests that may wait for an answer at once; one more is refused with BUSY. */
  pendingRequests: 20_000,
  /** Bytes written that the server has not confirmed reading. A server that reads slower than we write would fill our memory. */
  unreadBytes: 32 * 1024 * KIB,
  /** The server is asked for such a confirmation once per so many bytes. */
  confirmBytes: 1024 * KIB,
  /** How long the first connection is tried. */
  firstConnectMs: 5_000,
  /** One try: TCP, TLS, the server's greeting and its answer to our credentials. */
  dialMs: 2_000,
  /** Shortest and longest wait before a reconnect; the wait is drawn between them, the upper end doubling from try to try. */
  reconnectMinMs: 100,
  reconnectMaxMs: 5_000,
  /** A ping goes out in every interval drawn from this range; a server that owes `pingsOut` answers is taken for dead. */
  pingMinMs: 5_000,
  pingMaxMs: 10_000,
  pingsOut: 2,
  /** How long `close` waits for messages on their way. */
  drainMs: 2_000,
} as const;
