import { appendFileSync } from 'node:fs';
import { type HandlerInput, JOB, type JobExport } from '@tiercel/worker';

/** A module of handlers as a user may write one. Each writes a line to the file that the data name when it begins. */
const job = (name: string, handler: (input: HandlerInput) => unknown, settings: JobExport['settings'] = {}): JobExport => ({
  [JOB]: true,
  name,
  settings,
  handler: (input) => {
    const { attempt, tenant, id, data } = input;
    const file = typeof data === 'object' && data !== null ? (data as { file?: string }).file : undefined;
    if (file)
      appendFileSync(
        file,
        `${JSON.stringify({ name, attempt, tenant, id, data, env: process.env.TIERCEL_ENV, pid: process.pid, atMs: Date.now() })}\n`,
      );
    return handler(input);
  },
});

const untilAborted = ({ signal }: HandlerInput): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

export default [
  job('Ok', () => undefined),
  job('Throw', () => Promise.reject(new TypeError('not today'))),
  job('Once', () => Promise.reject(new TypeError('not today')), { attempts: 1 }),
  job('Exit', () => process.exit(7)),
  job('Wait', untilAborted),
  job('Short', untilAborted, { timeout: 100, attempts: 1 }),
  job('Pause', () => new Promise((resolve) => setTimeout(resolve, 300))),
];
