import { LIMITS } from '@tiercel/protocol';

/** Every bound of the Kestrel door. Times in milliseconds, sizes in bytes. */
export const BOUNDS = {
  /** Clients at once; one more is told SERVER_ERROR and closed. */
  connections: 20_000,
  /** Those that the system accepts before this process does. */
  backlog: 4_096,
  /** Requests of one connection that wait for those before them; its socket is not read while there are more. */
  requests: 1_000,
  /** Bytes of the items among them. */
  requestBytes: 4 * 1024 * 1024,
  /** Requests of one kind that came together and are served together. */
  run: 250,
  /** Replies that a client has not taken; the next request waits until it has. */
  outputBytes: 1024 * 1024,
  /** Of an item: what one message to a broker carries. The brokers' own limit is mostly less. */
  itemBytes: LIMITS.payloadMostBytes,
  /** Open reads of one connection on one queue. */
  openReads: 100,
  /** Queues whose names are remembered with what was counted of them; those unused for longest make room. */
  queues: 10_000,
  /** Spellings of their names. */
  spellings: 20_000,
  /** Tenants whose settings are known and whose sets are joined; the one unused for longest makes room. */
  tenants: 1_000,
  /** Tenants over which an unbound door looks for queues and items. */
  tenantsAsked: 100,
  /** How long a lease of an open read is made to last, and how long before its end that is said again. */
  holdMs: 30_000,
  holdAgainMs: 20_000,
  /** How often leases are looked at; one that was let go before costs no word. */
  keepMs: 1_000,
  /** A reserve that took so much of its delivery lease is given back: somebody else may have its jobs soon. */
  doubtMs: 1_000,
  /** The longest that a reserve is parked; one whose broker was killed is missed only then. */
  parkMs: 5_000,
  /** How much longer than its parking a reserve may take to be answered. */
  parkSlackMs: 2_000,
  /** How old an answer may be for a client whose wait is over to be told that there is nothing. */
  answeredMs: 1_000,
  /** Within which a broker that is well has looked for what a reserve wants. */
  lookedMs: 250,
  /** How long a broker may take to look for itself what is ready. */
  lookMs: 1_500,
  reserveBytes: LIMITS.batchBytes / 2,
  reserveRepeat: { minMs: 50, maxMs: 1_000 },
  /** One request to a broker, and how long it is repeated: less than the 5 s after which libmemcached hangs up. */
  askMs: 2_000,
  answerMs: 4_000,
  askRepeat: { minMs: 50, maxMs: 500 },
  /** How long the ack of an item that its client has for good may wait for others; with how many, or of how large items, it goes at once. */
  ackMs: 10,
  acksTogether: LIMITS.batchItems / 2,
  ackBytes: 64 * 1024,
  /** Settlements are repeated for longer, since nobody waits for most of them. */
  settleForMs: 30_000,
  /** Batches of one tenant under way: one, so that the items of a connection stand in its order whichever broker stores them. */
  inFlight: 1,
  /** Sets that wait for a batch; one more is NOT_STORED. */
  setsWaiting: 50_000,
  settlesWaiting: 1_000_000,
  /** How old what is known of settings may be, and from which age on it is asked for anew beside. */
  settingsMs: 1_000,
  settingsAgainMs: 500,
  /** Tries to add a child to the fan-out of its parent, while others change that too. */
  registrations: 5,
  /** Aliases that lead to aliases. */
  aliasDepth: 4,
  /** How often a waiting peek looks. */
  peekMs: { first: 20, last: 200 },
  /** Steps of one flush, of `LIMITS.purgedAtOnce` jobs each. */
  flushSteps: 10_000,
  /** How long a vanished client's silence is borne before the system asks whether it is there. */
  keepAliveMs: 60_000,
  /** How long a client that was hung up on may take to do so too. */
  hangUpMs: 2_000,
  /** How often a refusal of one kind is logged. */
  complainMs: 10_000,
  /** How long a closing door waits for what it gives back. */
  drainMs: 5_000,
} as const;
