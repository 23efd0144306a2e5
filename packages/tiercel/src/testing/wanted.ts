import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { type Duration, LIMITS, toMs } from '@tiercel/protocol';
import type { Job } from '../define-job.js';
import { carried, type Entry } from './book.js';
import { listed, shown } from './shown.js';

/** What is looked for besides the kind of job. What is left out may be anything. */
interface Wanted<Data> {
  /** Data as enqueued, compared as a whole; or a function that says whether they are the ones. */
  readonly data?: Data | ((data: Data) => boolean);
  readonly tenant?: string;
  /** Exactly so many; at least one by default. */
  readonly times?: number;
}

export interface WantedEnqueued<Data> extends Wanted<Data> {
  /** Between the enqueue and when the job is to be ready. */
  readonly delay?: Duration;
}

export type WantedPerformed<Data> = Wanted<Data>;

export interface WantedDead<Data> extends Wanted<Data> {
  /** Part of why it died. */
  readonly reason?: string | RegExp;
}

/** Any of them; of data the caller's types have made sure. */
type AnyWanted = Omit<WantedEnqueued<unknown> & WantedDead<unknown>, 'data'> & { readonly data?: unknown };

/** Whether a job that was enqueued is one of the wanted. */
export function isWanted({ name }: Job, wanted: AnyWanted, entry: Entry): boolean {
  const { tenant, delay } = wanted;
  return (
    entry.name === name &&
    (tenant === undefined || entry.tenant === tenant) &&
    (delay === undefined || entry.dueAtMs - entry.atMs === toMs('delay', delay, LIMITS.delayMs)) &&
    (!('data' in wanted) || hasData(wanted.data, entry.data))
  );
}

function hasData(wanted: unknown, data: unknown): boolean {
  return typeof wanted === 'function' ? wanted(data) === true : isDeepStrictEqual(carried({ data: wanted }), data);
}

/** What was looked for, and what there was instead. */
interface Finding {
  readonly job: Job;
  readonly wanted: AnyWanted;
  readonly found: number;
  /** What should have become of the job. */
  readonly deed: string;
  /** All of its kind, or of any. */
  readonly instead: readonly unknown[];
  /** Where the stack begins: what the test called. */
  readonly caller: (...given: never[]) => unknown;
}

/** Throws an AssertionError that lists what there is, unless as many were found as are wanted. */
export function requireFound({ job, wanted, found, deed, instead, caller }: Finding): void {
  const { times } = wanted;
  if (times === undefined ? found > 0 : found === times) return;
  const count = times === undefined ? 'a' : times === 0 ? 'no' : `${times} ×`;
  const got = found === 0 ? '' : `, got ${found}`;
  const message = `expected ${count} ${job.name}${described(wanted)} to have ${deed}${got}; what has:${listed(instead)}`;
  throw new AssertionError({ message, operator: caller.name, stackStartFn: caller });
}

function described({ data, tenant, delay, reason }: AnyWanted): string {
  const parts = [
    ...(data === undefined ? [] : [`data ${typeof data === 'function' ? 'that it accepts' : shown(data)}`]),
    ...(tenant === undefined ? [] : [`tenant ${tenant}`]),
    ...(delay === undefined ? [] : [`delay ${delay}`]),
    ...(reason === undefined ? [] : [`reason ${shown(reason)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
