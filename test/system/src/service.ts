import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const HANDLERS = `${ROOT}examples/hello-world/handlers.mjs`;

/** One service, as somebody starts it who has no supervisor. Killed when the test is over. */
export function startService(name: string, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [`${ROOT}services/${name}/dist/main.js`], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
