import { LIMITS, PURGE_STATES, type PurgeQuery, type PurgeState } from '@tiercel/protocol';
import { refuse, word } from './bounded.js';
import { queueOrAll } from './list-query.js';

export interface PurgeOptions {
  /** Absent only with `quarantined`, whose records know no queue. */
  readonly queue?: string;
  /** In this order; `quarantined` stands alone. What waits, ready and scheduled, by default. */
  readonly states?: readonly PurgeState[];
}

const WAITING: readonly PurgeState[] = ['ready', 'scheduled'];

/** One step of a purge. Throws BAD_OPTION or BAD_NAME. */
export function purgeQuery({ queue = '', states = WAITING }: PurgeOptions): PurgeQuery {
  const known = [...new Set(states)].map((state) => word('states', state, PURGE_STATES));
  if (known.length === 0) refuse('states', `one at least of ${PURGE_STATES.join(', ')}`, '');
  const beyondQueues = known.includes('quarantined');
  if (beyondQueues && (known.length > 1 || queue !== '')) refuse('states', 'quarantined alone, and of no queue', known.join(', '));
  if (!beyondQueues && queue === '') refuse('queue', 'the name of a queue', queue);
  return { queue: queueOrAll(queue), states: known, limit: LIMITS.purgedAtOnce };
}
