import { type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';
import type { ErrorReply } from './reply.js';

const CODES: Readonly<Record<ErrorReply['word'], ErrorCode>> = {
  SERVER_ERROR: 'BUSY',
  CLIENT_ERROR: 'NOT_SUPPORTED',
  ERROR: 'NOT_SUPPORTED',
};

/** What a server means that answers with an error: BUSY is worth another try later, NOT_SUPPORTED is not. `reply` has its words. */
export function refusal({ word, text }: ErrorReply, facts: Facts): TiercelError {
  const code = CODES[word];
  return new TiercelError(code, { ...facts, reply: text, ...(code === 'NOT_SUPPORTED' && { remedy: CAPABILITIES }) });
}

const CAPABILITIES = 'the server refused it with what is in `reply`; docs/from-kestrel.md tells what servers of this protocol can';

/** Nobody answers there: nothing was sent. */
export const nobodyThere = (server: string, reason: string): TiercelError =>
  new TiercelError('UNREACHABLE', {
    server,
    reason,
    remedy: `no Kestrel server answers at ${server}: check that it runs, that host and port are those of its memcache protocol, and that no firewall is between`,
  });

/** The queue is full, the item too large, or the server is stopping: the reply is the same for all. */
export const notStored = (facts: Facts): TiercelError => new TiercelError('QUEUE_FULL', { ...facts, reply: 'NOT_STORED' });

const REFUSED: readonly ErrorCode[] = ['QUEUE_FULL', 'BUSY', 'NOT_SUPPORTED'];
const UNREACHABLE: readonly ErrorCode[] = ['UNREACHABLE', 'NO_ANSWER'];

/**
 * Which of the answers an error of this package is. `refused`: the server was there and said no. `unreachable`: it was not there, or went away, and what
 * became of the request is unknown unless the code is UNREACHABLE. `undefined`: neither; a fault of the caller, or no such server.
 */
export function answerOf(error: unknown): 'refused' | 'unreachable' | undefined {
  const code = (error as { code?: ErrorCode } | null)?.code;
  if (code === undefined) return undefined;
  return REFUSED.includes(code) ? 'refused' : UNREACHABLE.includes(code) ? 'unreachable' : undefined;
}
