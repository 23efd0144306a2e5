import { LIMITS } from '@tiercel/protocol';

/** Every bound of a worker, by name. Times in milliseconds. */
export const WORKER_LIMITS = {
  /** Jobs run at once, by default. */
  concurrency: 10,
  /** Between asking a handler to stop and the harder end, by default. */
  graceMs: 5_000,
  /** How long a drain lets jobs finish, by default. */
  drainMs: 20_000,
  /** Jobs taken ahead of those that may begin: as many as are begun in this time. */
  aheadForMs: 20,
  /** How long a job taken ahead waits here before it goes back. */
  aheadMostMs: 500,
  /** Asked of one reserve, so that its reply with all envelopes stays below what a server carries. */
  reserveBytes: LIMITS.batchBytes / 2,
  /** How long a reserve is parked at a broker: less than a broker allows, since one whose broker was killed is missed only then. */
  parkMs: 5_000,
  /** How much longer than its parking a reserve may take to be answered. */
  reserveSlackMs: 2_000,
  /** How long a drain waits for the reserve that is parked at a broker, so that what it is granted can be handed back. */
  unparkMs: 1_000,
  /** A reserve that comes back empty sooner than this was not parked; the next one waits. */
  parkedAtLeastMs: 1_000,
  /** Pause before a reserve that failed is followed by another. */
  reserveRepeat: { minMs: 100, maxMs: 5_000 },
  /** How often the keeper's thread looks for new leases, and how often in vain before it waits to be told. */
  lookMs: 25,
  idleLooks: 20,
  /** How long the keeper's thread is not told of leases that ended, when no new ones go to it before. */
  untoldMs: 50,
  extendAskMs: 2_000,
  extendRepeat: { minMs: 50, maxMs: 1_000 },
  /** Taken off the end of every lease: a tenth of it, at most this. */
  leaseMarginMs: 1_000,
  settleAskMs: 5_000,
  settleRepeat: { minMs: 50, maxMs: 2_000 },
  settlesInFlight: 2,
  /** Encoded settlements of one ask; the rest is room for what surrounds them. */
  settleBytes: LIMITS.batchBytes - 64 * 1024,
  /** How much later than a job's hard end the keeper begins to doubt the main loop. */
  overdueSlackMs: 1_000,
  /** How long the main loop may take to answer the keeper. */
  pingMs: 1_000,
  /** How long the keeper tries to settle what a blocked loop held, before it kills the process. */
  lastWordsMs: 5_000,
  lastWordsAskMs: 1_500,
  /** How often a keeper looks whether its parent process lives. */
  parentPollMs: 250,
  /** How long the keeper's thread may take to end. */
  keeperStopMs: 2_000,
  /** Attempts of a job without a limit, where one follows the other at once in the caller. */
  attemptsInCaller: 100,
  /** Jobs done by one child before it is replaced. */
  jobsPerChild: 1_000,
  /** A line that a child writes, as logged. */
  lineChars: 2_000,
} as const;
