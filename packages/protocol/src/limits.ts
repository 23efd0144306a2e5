const KIB = 1024;

/** Every bound of the protocol, by name. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  /** Payload of one job unless the brokers are configured otherwise. */
  payloadBytes: 256 * KIB,
  /** The most they can be configured to take: what one message carries. */
  payloadMostBytes: 496 * KIB,
  /** All of a message but its payloads. */
  envelopeBytes: 16 * KIB,
  envelopeDepth: 16,
  batchItems: 500,
  batchBytes: 512 * KIB,
  /** Result that an ack carries. */
  resultBytes: 64 * KIB,
  /** Why a job failed, as kept in its record. */
  reasonChars: 1_000,
  /** Worker name as kept with a lease. */
  ownerChars: 128,
  attempts: 65_535,
  priority: 9,
  delayMs: 366 * 86_400_000,
  /** Of the longest and the shortest lease that ends by itself. */
  leaseMs: 86_400_000,
  leaseMinMs: 1_000,
  timeoutMs: 86_400_000,
  backoffMs: 86_400_000,
  /** How long a broker keeps a reserve parked. */
  parkMs: 10_000,
  /** How long a client repeats an enqueue with the same id before it gives up. */
  retryHorizonMs: 60_000,
  /** Leases that ended before the worker's first sign of life; then the job is dead. */
  undelivered: 10,
  /** Lost leases in all: the one that makes a job suspect, and three while it ran alone. */
  lostLeases: 4,
  /** Names of queues in one reserve. */
  queuesPerReserve: 64,
  listPage: 100,
  cursorChars: 512,
  /** Jobs that one purge forgets in a step. */
  purgedAtOnce: 1_000,
  /** Jobs that one enqueue drops to make room. */
  discardedAtOnce: 1_000,
  /** Pairs of queue and job name that are counted apart for one tenant; what is beyond is counted under the name ''. */
  countedNames: 2_000,
  /** Quarantined records of one tenant; what is beyond becomes a plain dead letter. */
  quarantined: 10_000,
  /** Queues of one tenant that a reply names. */
  queuesListed: 5_000,
  /** Queues of one tenant that have settings of their own. */
  queuesSet: 1_000,
  /** Queues that one fan-out names. */
  fanoutQueues: 32,
  /** The same of all fan-outs of a tenant together: what one reply tells of its settings. */
  fanoutsOfTenant: 4_000,
  /** Shards that one page of a backlog goes through. */
  shardsAtOnce: 64,
} as const;

/** What a job gets when it does not say. */
export const DEFAULTS = {
  attempts: 5,
  priority: 5,
  leaseMs: 30_000,
  /** Length of the lease that a reserve grants; the first extend turns it into `leaseMs`. */
  deliveryLeaseMs: 5_000,
  timeoutMs: 15 * 60_000,
  backoffMs: 1_000,
  backoffMaxMs: 3_600_000,
} as const;
