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

/** What a queue is to the one beside which it stands; `undefined`: it stands beside none. */
export function besideOf(name: string): { readonly queue: string; readonly as: Exclude<keyof QueueNames, 'queue'> } | undefined {
  const [, queue, as] = /^(.+)_(errors|dead|quarantine)$/.exec(name) ?? [];
  return queue === undefined ? undefined : { queue, as: as as 'errors' | 'dead' | 'quarantine' };
}

export const queueNames = (queue: string): QueueNames => ({
  queue,
  errors: `${queue}_errors`,
  dead: `${queue}_dead`,
  quarantine: `${queue}_quarantine`,
});
