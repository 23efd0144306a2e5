import { spawn } from 'node:child_process';
import { realClock } from '@tiercel/actors';

/**
 * Stands between the supervisor and a foreign server, which knows nothing of its parent: starts the command it is given, hands SIGTERM and
 * SIGINT on, ends as it ends, and kills it when the supervisor is gone. Run as
 * `node guard.js PID COMMAND [ARGUMENT…]` with the pid of whoever starts it.
 */
const LOOK_MS = 250;
const [starter, command = '', ...args] = process.argv.slice(2);
// whoever started it may be gone before this line runs, and its parent now would be another
const parent = Number(starter);
if (orphaned()) process.exit(1);
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
  if (orphaned()) abandon();
  realClock.after(LOOK_MS, lookForParent);
}

/** `connected` is `undefined` where there never was a channel. */
function orphaned(): boolean {
  return process.ppid !== parent || process.connected === false;
}

function abandon(): void {
  child.kill('SIGKILL');
  process.exit(1);
}
