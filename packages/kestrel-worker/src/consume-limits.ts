/** Every bound of this package, by name. Times in milliseconds. */
export const CONSUME_LIMITS = {
  /** Largest item that is taken, in bytes. One that is larger stands in the way of all behind it, and most servers take any. */
  itemBytes: 64 * 1024 * 1024,
  /** How long a read waits at the server: what the article's consumer asks for, and short enough to end soon when it is told to. */
  readMs: 500,
  /** Pause after a read that came back empty sooner than half of that: the server knows no waiting. */
  unwaited: { minMs: 20, maxMs: 500 },
  /** Pause before a server that is away, or refuses, is asked again. */
  away: { minMs: 100, maxMs: 5_000 },
  /** How often the connection of a job that runs is used, so that no server takes it for idle, and its end is noticed. */
  signMs: 10_000,
  /** How long what became of a job is tried to be told, before its item is given back. */
  settleMs: 30_000,
  /** A job that is to be tried again within this time is held until then. */
  holdMs: 2_000,
  /** How much longer it is held while this consumer is busy. */
  heldLateMs: 250,
  /** How often a queue of failed jobs is looked at that was empty, or had none that is due soon. */
  lookMs: 1_000,
  /** Jobs that are not due, and so put at the end of that queue, in one look; with more of them the next look comes sooner. */
  putBack: 20,
  putBackPauseMs: 100,
  /** Of the reason that is kept with a failed job. */
  reasonChars: 200,
} as const;
