import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type HandlerInput, JOB, type JobExport } from '@tiercel/worker';
import { COMMAND } from './work.js';

/** Why a command ended as it should not. `retryable: false`: it would end so again. */
class CommandFault extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable = true) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * The handler that a child loads to run commands. The command is of the child's process group, which ends with the consumer, and when the job's time and its
 * grace are over; it is asked with SIGTERM before that.
 */
const command: JobExport = { [JOB]: true, name: COMMAND, isolation: 'process', handler: run };
export default command;

async function run({ data, signal }: HandlerInput): Promise<void> {
  const child = await started(data as string[]);
  const stop = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
  signal.removeEventListener('abort', stop);
  if (code !== 0) throw killedBy ? new CommandFault('SIGNAL', killedBy) : new CommandFault('EXIT', String(code));
}

async function started([file = '', ...args]: readonly string[]): Promise<ChildProcess> {
  try {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw notStarted(error as NodeJS.ErrnoException);
  }
}

function notStarted({ code = 'NOT_STARTED', message }: NodeJS.ErrnoException): CommandFault {
  if (code === 'E2BIG') return new CommandFault(code, 'the data are longer than an argument of a command may be', false);
  return new CommandFault(code, message);
}
