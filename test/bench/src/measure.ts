import type { Amount, Handed, Load } from './producer-role.js';
import type { Sizes } from './sizes.js';
import type { Setting, Stage } from './stage.js';
import type { ByProcess, Usage } from './usage.js';

/** What one run of a measure found. */
export interface Finding {
  /** By name, such as `perSec`; the measure says which. */
  readonly figures: Readonly<Record<string, number>>;
  /** Jobs in the measured window. */
  readonly jobs: number;
  /** Handler calls beyond the first of a job; counted where there is a worker. */
  readonly duplicates?: number;
  /** Cores used by each process in the measured window. */
  readonly cpu?: Usage['cpu'];
  readonly beside?: Usage['beside'];
  readonly window?: Usage['window'];
  /** Resident memory of each process at its end. */
  readonly residentBytes?: ByProcess;
}

/** One figure of a measure: a column of the table. */
export interface Column {
  readonly figure: string;
  readonly title: string;
  readonly unit: 'jobs/s' | 'ms' | 'bytes';
}

export interface Measure {
  /** One line for people. */
  readonly about: string;
  readonly columns: readonly Column[];
  readonly setting?: Setting;
  /** One run takes no longer, in milliseconds; RUN_MS by default. */
  readonly withinMs?: number;
  run(stage: Stage, sizes: Sizes): Promise<Finding>;
}

/** Has that much handed in. */
export const hand = (stage: Stage, load: Load, amount: Amount): Promise<Handed> =>
  stage.producer.ask<Handed>('enqueue', { ...load, ...amount });

export const perSec = (jobs: number, ms: number): number => (jobs * 1_000) / ms;
