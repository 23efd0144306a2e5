import { LIMITS } from '@tiercel/protocol';

/** Every bound of this driver. Times in milliseconds. */
export const STORE_BOUNDS = {
  /** Open reads, and so leases, of one opening over all servers, unless the URL says otherwise; and the most it may say. */
  reads: 200,
  mostReads: 10_000,
  servers: 64,
  /** Reads in a row from one server before it is the next one's turn. */
  readsInARow: 100,
  /** How long a connection may take to be made. */
  connectMs: 2_000,
  redial: { reconnectMinMs: 50, reconnectMaxMs: 5_000 },
  /** How old a server's statistics may be where somebody asks for the backlog. */
  statsMs: 200,
  /** How often others' jobs are looked for while somebody waits. */
  lookMs: 250,
  /** Statistics that are asked for anew are asked for again after so many times as long as they took, and after `statsMs` at most. */
  statsRests: 4,
  /** Names of queues, for each server, that are remembered because they were there once. */
  knownQueues: 10_000,
  /** Jobs whose last settle is remembered: of a broker that does 2,000 a second, those of 25 s; some 200 bytes each. */
  settled: 50_000,
  /** How long a job that came back stays here for the next reserve before it goes back to the server. */
  handMs: 500,
  /** The longest that a job which waits for its time is held here; those that wait longer do so at their server. */
  holdMs: 2_000,
  /** What surrounds a payload in an item. */
  headBytes: LIMITS.envelopeBytes,
  /** Of an item that is read. One of ours is far less; a larger one of others can be set aside. What is over even this ends the connection that reads it. */
  itemBytes: 16 * 1024 * 1024,
  /** How often something is said on connections with an open read, so that no server takes them for idle, and a dead one is noticed. */
  probeMs: 10_000,
} as const;
