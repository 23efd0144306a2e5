import { onTestFinished } from 'vitest';
import { defineJob, type Job } from '../index.js';
import { type TestOptions, testTiercel } from './index.js';

/** A test installation that is closed when the test ends, and one of its tenants. */
export async function setup(jobs: readonly Job<never>[] | readonly Job[], options: TestOptions = {}) {
  const t = await testTiercel(jobs, options);
  onTestFinished(() => t.close());
  return { t, dev: t.tenant('dev') };
}

/** A kind of job on the queue `q` that notes what it is given. */
export function aKind(
  name: string,
  act: Job['handler'] = () => undefined,
  settings: Partial<Parameters<typeof defineJob>[1]> = {},
) {
  const seen: unknown[] = [];
  const job: Job = defineJob(name, { queue: 'q', ...settings }, (input) => {
    seen.push(input.data);
    return act(input);
  });
  return { job, seen };
}

/** Ends when it is asked to, by throwing why. */
export const untilAborted: Job['handler'] = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
