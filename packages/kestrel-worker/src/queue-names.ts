/** The queues beside one that jobs are read from. */
export interface QueueNames {
  readonly queue: string;
  /** Jobs that failed and are to be tried again. */
  readonly errors: string;
  /** Jobs that were given up. */
  readonly dead: string;
  /** What is no job. */
  readonly quarantine: string;
}

export const queueNames = (queue: string): QueueNames => ({
  queue,
  errors: `${queue}_errors`,
  dead: `${queue}_dead`,
  quarantine: `${queue}_quarantine`,
});
