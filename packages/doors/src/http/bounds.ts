import { LIMITS } from '@tiercel/protocol';

/** Every bound of the HTTP door. Times in milliseconds, sizes in bytes. */
export const BOUNDS = {
  /** Of one request's body; as much as one message to the broker carries. */
  bodyBytes: LIMITS.batchBytes,
  headerBytes: 16 * 1_024,
  /** Jobs in one list. */
  items: LIMITS.batchItems,
  connections: 2_048,
  /** Requests under way besides long polls; one more is BUSY. */
  requests: 256,
  /** Long polls under way, in all and of one tenant. */
  polls: 1_000,
  pollsPerTenant: 200,
  /** The longest that a long poll waits. */
  waitMs: 60_000,
  /** A request must have come in so long, its headers in half of it. */
  receiveMs: 10_000,
  /** How long a request waits for the broker. */
  answerMs: 15_000,
  /** How long a connection stays open between two requests. */
  idleMs: 10_000,
  /** What BUSY tells the caller to wait. */
  retryAfterMs: 1_000,
  /** Callers whose rate is remembered; the one silent for longest makes room. */
  callers: 10_000,
  /** How old what is known of the token file may be. */
  tokensMs: 2_000,
  tokens: 10_000,
} as const;
