import { spawn } from 'node:child_process';
import { realClock } from '@tiercel/actors';

/**
 * Stands between the supervisor and a foreign server, which knows nothing of its parent: starts the command it is given, hands SIGTERM and
 * SIGINT on, ends as it ends, and kills it when the supervisor is gone. Run as `node guard.js COMMAND [ARGUMENT…]`.
 */
const LOOK_MS = 250;
const [command = '', ...args] = process.argv.slice(2);
const parent = process.ppid;
const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], shell: false });

child.once('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 0 : 1)));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill('SIGTERM'));
process.on('disconnect', abandon);
lookForParent();

function lookForParent(): void {
  if (process.ppid !== parent) abandon();
  realClock.after(LOOK_MS, lookForParent);
}

function abandon(): void {
  child.kill('SIGKILL');
  process.exit(1);
}
