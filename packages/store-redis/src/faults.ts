import { type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';

/** Redis names its errors by their first word. What is not here is a fault of ours. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  OOM: 'STORAGE_FULL',
  WRONGPASS: 'STORAGE_DENIED',
  NOAUTH: 'STORAGE_DENIED',
  NOPERM: 'STORAGE_DENIED',
  LOADING: 'STORAGE_UNAVAILABLE',
  MISCONF: 'STORAGE_UNAVAILABLE',
  READONLY: 'STORAGE_UNAVAILABLE',
  NOREPLICAS: 'STORAGE_UNAVAILABLE',
  MASTERDOWN: 'STORAGE_UNAVAILABLE',
  MOVED: 'STORAGE_UNAVAILABLE',
  ASK: 'STORAGE_UNAVAILABLE',
  CLUSTERDOWN: 'STORAGE_UNAVAILABLE',
  TRYAGAIN: 'STORAGE_UNAVAILABLE',
  BUSY: 'STORAGE_UNAVAILABLE',
};

/** What Redis 7.0 says when this user may call a function and not what that calls. */
const DENIED = /^ERR The user executing the script can't run/;

/** What the server answered, when it answered with an error. */
const replyOf = (error: unknown): string => (error instanceof Error && error.name === 'ReplyError' ? error.message : '');

/** The code that runs inside Redis is not there, or no more. Nothing was done. */
export const isMissing = (error: unknown): boolean => /^NOSCRIPT|Function not found/.test(replyOf(error));

/** There is no room for it. Nothing was done. */
export const isFull = (error: unknown): boolean => replyOf(error).startsWith('OOM ');

/** The server does not know the command, or this user may not use it. Nothing was done. */
export const isForbidden = (error: unknown): boolean => /^NOPERM|unknown command/.test(replyOf(error));

/** What answered speaks another protocol: a web server, say. */
export const isOtherLanguage = (error: unknown): boolean => error instanceof Error && /^Unknown RESP type/.test(error.message);

/** The server is one alone. */
export const isNoCluster = (error: unknown): boolean => /cluster support disabled/.test(replyOf(error));

/** By what word a node of a cluster sent the call elsewhere or told it to come again, with nothing done; '' for all other faults. */
export const redirectOf = ({ facts }: TiercelError): string =>
  /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/.exec(String(facts.reason ?? ''))?.[1] ?? '';

/**
 * What went wrong, in our words. What is no answer of the server is a lost connection or a time-out. The client library's error is
 * not kept as the cause: it carries the command with its arguments, and those are payloads and passwords.
 */
export function faultOf(error: unknown, facts: Facts): TiercelError {
  if (error instanceof TiercelError) return error;
  const reply = replyOf(error);
  const code =
    reply === '' ? 'STORAGE_UNAVAILABLE' : (CODES[reply.split(' ', 1)[0]!] ?? (DENIED.test(reply) ? 'STORAGE_DENIED' : 'INTERNAL'));
  return new TiercelError(code, { ...facts, reason: error instanceof Error ? error.message : String(error) });
}
