import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { realClock, sleep } from '@tiercel/actors';
import { JOB, type JobExport } from './job-export.js';

/** A module of handlers as a user may write one, for what only real processes can show. */
const inChild = <T extends object>(job: T) => ({ [JOB]: true as const, isolation: 'process' as const, ...job });

const job = (name: string, handler: JobExport['handler'], isolation: 'inline' | 'process' = 'inline'): JobExport => ({
  [JOB]: true,
  name,
  isolation,
  handler,
});

const blockFor = (ms: number): void => {
  const until = realClock.monotonic() + ms;
  while (realClock.monotonic() < until);
};

type Data = { readonly ms: number; readonly file: string };

export const wait = job('Wait', async ({ data }) => sleep(realClock, (data as Data).ms));
export const block = job('Block', ({ data }) => blockFor((data as Data).ms));
export const loop = job('Loop', () => blockFor(Number.POSITIVE_INFINITY));
export const die = job('Die', () => process.kill(process.pid, 'SIGKILL'));

export default [
  inChild({ name: 'Pid', handler: () => process.pid }),
  inChild({ name: 'Env', handler: () => Object.keys(process.env).sort() }),
  inChild({ name: 'Throw', handler: () => Promise.reject(new TypeError('not today')) }),
  inChild({ name: 'ThrowNothingToShow', handler: () => Promise.reject(Object.create(null)) }),
  inChild({
    name: 'Chat',
    handler: () => {
      const messages = [
        'ready',
        1,
        {},
        [],
        ['verdict'],
        ['verdict', { ended: 'threw' }],
        ['unfit'],
        ['log', 'child', {}, 'x'],
        ['log', 'info'],
      ];
      for (const message of messages) process.send?.(message);
    },
  }),
  inChild({ name: 'Abort', handler: () => process.abort() }),
  inChild({ name: 'Exit', handler: () => process.exit(3) }),
  inChild({
    name: 'Talk',
    handler: ({ log }: Parameters<JobExport['handler']>[0]) => {
      console.log('x'.repeat(5_000));
      log.info({ step: 1 }, 'step done');
    },
  }),
  inChild({
    name: 'UntilAborted',
    handler: ({ data, signal }: Parameters<JobExport['handler']>[0]) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        writeFileSync((data as Data).file, `${process.pid} ${process.ppid}`);
      }),
  }),
  inChild({
    name: 'LoopInChild',
    handler: ({ data }: Parameters<JobExport['handler']>[0]) => {
      const grandchild = spawn('sleep', ['600'], { stdio: 'ignore' });
      writeFileSync((data as Data).file, `${process.pid} ${grandchild.pid}`);
      blockFor(Number.POSITIVE_INFINITY);
    },
  }),
];
