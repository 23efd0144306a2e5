import { isJobId } from '@tiercel/protocol';

/** What is noted of a job that failed, as a member of its own beside those of whoever made the item. */
export interface Mark {
  /** The same at every attempt. */
  readonly id: string;
  /** Attempts that failed. */
  readonly spent: number;
  /** Not to be performed before then, in epoch milliseconds. */
  readonly readyAtMs: number;
  /** Why the last one failed. */
  readonly reason: string;
}

/** What is noted of a job that was given up. Without `spent`: put back as it is, it has its whole allowance again. */
export interface Epitaph {
  readonly id: string;
  readonly attempts: number;
  readonly diedAtMs: number;
  readonly reason: string;
}

/** The member that holds it. */
export const MARK = 'tiercel';

/** Whoever can write to the queue can write a mark: what is none is taken for no mark, and what an epitaph lacks for nothing spent. */
export function readMark(json: string | undefined): Mark | undefined {
  if (json === undefined) return undefined;
  const { id, spent = 0, readyAtMs = 0, reason = '' } = (JSON.parse(json) ?? {}) as Partial<Record<keyof Mark, unknown>>;
  if (!isJobId(id) || !isCount(spent) || !isCount(readyAtMs) || typeof reason !== 'string') return undefined;
  return { id, spent, readyAtMs, reason };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
