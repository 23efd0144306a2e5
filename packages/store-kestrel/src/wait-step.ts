/*
 * Queues of jobs that wait for their time, one for each power of two seconds: in number `step` are those that are due in more than 2^step seconds, and no more than twice
 * that. A job leaves for a lower one when so much is left, so only the first of each has to be looked at: whatever stands before a job leaves before that
 * job is due. In the last one, 0, a job may wait behind another for two seconds.
 */

const UNIT_MS = 1_000;

/** As many as `LIMITS.delayMs` wants. */
export const WAIT_STEPS = 25;

/** Where a job belongs that is due in `leftMs`. */
export const waitStep = (leftMs: number): number =>
  leftMs <= UNIT_MS ? 0 : Math.min(WAIT_STEPS - 1, Math.max(0, Math.ceil(Math.log2(leftMs / UNIT_MS)) - 1));

/** When it leaves that. */
export const leavesAtMs = (dueAtMs: number, step: number): number => (step === 0 ? dueAtMs : dueAtMs - UNIT_MS * 2 ** step);
