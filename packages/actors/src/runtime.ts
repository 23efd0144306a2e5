import type { Log } from './log.js';
import type { Clock, Random } from './time.js';

/** What went otherwise than sent, since the system was made. */
export interface Counters {
  /** Messages that nobody handles: told to a full, ended or unknowing actor, or waiting when their asker gave up. */
  deadLetters: number;
  /** Messages not taken because a mailbox was full. */
  refused: number;
  /** Lives begun again by a supervisor. */
  restarts: number;
}

/** What all actors of one system share. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** Freezes bodies that stay in the process (shallow), to find actors that write to what they were sent. */
  readonly freeze: boolean;
  /** The process is taken to be dead: no actor gets another turn. */
  killed: boolean;
}
