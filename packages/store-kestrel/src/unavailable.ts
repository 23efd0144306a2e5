import { asTiercelError, type ErrorCode, TiercelError } from '@tiercel/protocol';

const AWAY: readonly ErrorCode[] = ['UNREACHABLE', 'NO_ANSWER', 'BUSY', 'BAD_MESSAGE', 'NOT_SUPPORTED', 'ABORTED', 'STOPPED'];

/** A server could not be asked, or its answer ended the connection. */
export const isAway = (error: unknown): boolean => AWAY.includes(asTiercelError(error).code);

/** In the words of the port: what a server refused for good stays, the rest is STORAGE_UNAVAILABLE. */
export function unavailable(error: unknown): TiercelError {
  const known = asTiercelError(error);
  if (!isAway(known)) return known;
  return new TiercelError('STORAGE_UNAVAILABLE', { ...known.facts, cause: known.code }, known);
}
