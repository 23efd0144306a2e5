import { type JobState, LIMITS, type ListQuery, requireName, STATES } from '@tiercel/protocol';
import { flag, text, whole, word } from './bounded.js';

/** Which page: `cursor` '' begins, and then what the last page answered; at most `limit` items, 100 by default, which is the most. */
export interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ListOptions extends Page {
  readonly state: JobState;
  /** One queue; all, one after the other by name, when absent. */
  readonly queue?: string;
  /** Whether jobs come with their payloads; they do not by default. */
  readonly payload?: boolean;
}

/** Throws BAD_OPTION or BAD_NAME. */
export function listQuery({ state, queue = '', payload = false, ...page }: ListOptions): ListQuery {
  return { state: word('state', state, STATES), queue: queueOrAll(queue), ...pageOf(page), payload: flag('payload', payload) };
}

/** Throws BAD_OPTION. */
export function pageOf({ cursor = '', limit = LIMITS.listPage }: Page): Required<Page> {
  return { cursor: text('cursor', cursor, LIMITS.cursorChars), limit: whole('limit', limit, 1, LIMITS.listPage) };
}

/** '' or a name. Throws BAD_NAME. */
export const queueOrAll = (queue: string): string => (queue === '' ? queue : requireName('queue', queue));
