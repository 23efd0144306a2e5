import { jobAsJson, toJson } from '@tiercel/client';
import { AS_QUEUE, type JobState, type JobView } from '@tiercel/protocol';
import type { Cell } from './table.js';

/** Numbers of attempts that are none. */
const ATTEMPTS: Readonly<Record<number, string>> = { 0: 'any number', [AS_QUEUE]: 'as many as its queue says' };

/** What the time of a job in this state is; that of all others is their end. */
const AT: Partial<Record<JobState, string>> = { ready: 'ready at', scheduled: 'ready at', leased: 'lease ends' };

/** The same as the facts of a small table. */
export function jobAsFacts(job: JobView): Record<string, Cell> {
  const { cancelRequested, at, attempt, spent, attempts, reason, data, result, ...json } = jobAsJson(job);
  return {
    ...(json as Record<string, Cell>),
    attempt: `${attempt}, spent ${spent} of ${ATTEMPTS[attempts as number] ?? attempts}`,
    [AT[job.state] ?? 'ended at']: at as string | null,
    [job.state === 'dead' ? 'reason' : 'last error']: reason as string,
    cancelRequested: cancelRequested ? 'yes' : undefined,
    data: data === undefined ? undefined : oneLine(data),
    result: result === undefined ? undefined : oneLine(result),
  };
}

/** A value on one line, at most 200 characters. */
export function oneLine(value: unknown): string {
  const text = toJson(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
