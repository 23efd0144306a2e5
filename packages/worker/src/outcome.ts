import type { Random } from '@tiercel/actors';
import { type Ack, type Bury, type LeasedJob, LIMITS, type Release } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import { jobBackoffMs } from './backoff.js';
import { neverEnds } from './grant.js';

/** How one run of a handler went. Plain data: it may come from a child process. */
export type Verdict =
  | { readonly ended: 'returned'; readonly result?: Uint8Array }
  /** `permanent`: running it again would not help. */
  | { readonly ended: 'threw'; readonly reason: string; readonly permanent: boolean }
  /** Not run: its payload is not what its producer handed in. */
  | { readonly ended: 'corrupt'; readonly reason: string }
  /** Its process ended: `EXIT 1`, `SIGNAL SIGKILL`. */
  | { readonly ended: 'died'; readonly reason: string };

/** Of a run that ended only for its worker; the cause it was aborted for is what counts. */
export const NOT_STOPPED: Verdict = { ended: 'threw', reason: 'it did not stop', permanent: false };

/** How the lease of a job ends. */
export type Outcome = Ack | Release | Bury;

/**
 * What a verdict means for the lease; `undefined` when nothing may be settled because the lease is lost. A handler that returned is
 * acknowledged whatever it had been asked for meanwhile. One that did not, after it was asked to stop, ended for that cause. A lease that
 * never ends is settled also when it seems lost: an extend may have been applied whose answer was, and then nobody else would end it.
 */
export function outcomeOf(job: LeasedJob, verdict: Verdict, aborted: AbortCause | undefined, random: Random): Outcome | undefined {
  if (aborted === 'lease-lost' && !neverEnds(job.leaseMs)) return undefined;
  if (verdict.ended === 'corrupt') return { ...buried(verdict.reason), corrupt: true };
  if (verdict.ended === 'returned')
    return verdict.result === undefined ? { outcome: 'ack' } : { outcome: 'ack', result: verdict.result };
  if (aborted === 'lease-lost') return failed(job, 'LEASE_LOST: the broker was out of reach', random);
  if (aborted === 'draining') return { ...handedBack('DRAINING'), queue: job.queue };
  if (aborted === 'cancelled') return { ...handedBack('CANCELLED'), head: false };
  if (aborted === 'timeout') return failed(job, `TIMEOUT: ran longer than ${job.timeoutMs} ms`, random);
  if (verdict.ended === 'died') return { ...failed(job, verdict.reason, random), lost: true };
  return verdict.permanent ? buried(verdict.reason) : failed(job, verdict.reason, random);
}

/** Back to the queue after its backoff, one attempt spent. */
function failed(job: LeasedJob, reason: string, random: Random): Release {
  const delayMs = jobBackoffMs(random, job);
  return { outcome: 'release', delayMs, spend: true, lost: false, head: false, reason: bounded(reason), queue: job.queue };
}

/** Back to the head of its queue as if it had not been taken. */
export function handedBack(reason: string): Release {
  return { outcome: 'release', delayMs: 0, spend: false, lost: false, head: true, reason: bounded(reason) };
}

export function buried(reason: string): Bury {
  return { outcome: 'bury', reason: bounded(reason) };
}

/** A reason for people, from anything thrown: `CODE or class: first line of the message`, at most `LIMITS.reasonChars`. Never throws. */
export function reasonOf(error: unknown): string {
  try {
    return told(error);
  } catch {
    return 'threw something that cannot be shown'; // its members or its `toString` throw, or it has none
  }
}

function told(error: unknown): string {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown };
  const said = firstLine(typeof message === 'string' ? message : String(error));
  const kind = typeof code === 'string' || typeof code === 'number' ? `${code}` : typeof name === 'string' ? name : 'Error';
  return bounded(said.startsWith(`${kind}: `) ? said : `${kind}: ${said}`);
}

const firstLine = (text: string): string => text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
const bounded = (reason: string): string => reason.slice(0, LIMITS.reasonChars);
