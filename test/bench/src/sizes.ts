/** How much is measured. Times in milliseconds. */
export interface Sizes {
  /** Times that everything is measured, unless the command line says. */
  readonly rounds: number;
  /** E1, E1k, E2: handed in before, and while it is measured. */
  readonly enqueueWarmMs: number;
  readonly enqueueMs: number;
  /** P1: jobs that wait when the worker starts, and how many of them are over when measuring starts. */
  readonly drainJobs: number;
  readonly drainSkipped: number;
  /** C1, C1b: jobs performed before, until the engines have compiled what runs; then fewer, to know how many take `bothMs`. */
  readonly bothWarmJobs: number;
  /** No longer than so, for contestants who are slow. */
  readonly bothWarmMs: number;
  readonly bothRehearsedJobs: number;
  readonly bothMs: number;
  /** L1: jobs performed before at full speed, then one after the other, then so many at so many a second. */
  readonly latencyWarmJobs: number;
  readonly latencyAloneJobs: number;
  readonly latencyJobs: number;
  readonly latencyPerSec: number;
  /** M1: waiting jobs that are there before, and those that are weighed. */
  readonly memoryWarmJobs: number;
  readonly memoryJobs: number;
  /** No job moved for so long: jobs were lost. */
  readonly stallMs: number;
}

export const FULL: Sizes = {
  rounds: 3,
  enqueueWarmMs: 1_000,
  enqueueMs: 5_000,
  drainJobs: 50_000,
  drainSkipped: 2_500,
  bothWarmJobs: 150_000,
  bothWarmMs: 10_000,
  bothRehearsedJobs: 10_000,
  bothMs: 5_000,
  latencyWarmJobs: 5_000,
  latencyAloneJobs: 5_000,
  latencyJobs: 2_000,
  latencyPerSec: 200,
  memoryWarmJobs: 1_000,
  memoryJobs: 50_000,
  stallMs: 10_000,
};

export const QUICK: Sizes = {
  ...FULL,
  rounds: 1,
  enqueueMs: 1_500,
  drainJobs: 20_000,
  drainSkipped: 1_000,
  bothWarmJobs: 6_000,
  bothWarmMs: 2_000,
  bothRehearsedJobs: 3_000,
  bothMs: 2_000,
  latencyWarmJobs: 2_000,
  latencyAloneJobs: 1_000,
  latencyJobs: 800,
  memoryJobs: 20_000,
};

/** Single calls in flight. */
export const CALLS = { E1: 100, E1k: 1_000, C1: 100 } as const;
/** T1. */
export const TENANTS = 100;
/** D1, D1k. */
export const DELAY_MS = 1;

/** One measure of one contestant in one round, with its servers and processes, takes no longer, in milliseconds. */
export const RUN_MS = 60_000;
