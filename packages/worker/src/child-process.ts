import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Log } from '@tiercel/actors';
import type { LeasedJob } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import { type ChildArgument, isFromChild, type ToChild } from './child-message.js';
import { splitLines } from './lines.js';
import { killGroup } from './orphan.js';
import type { Verdict } from './outcome.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface ChildOptions {
  readonly paths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

const ENTRY = fileURLToPath(new URL('./child.js', import.meta.url));

/** One child process: the leader of its own group, so that it can be killed with all it started. */
export class Child {
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #log: Log;
  #jobs = 0;
  #dead = false;
  #answer: ((verdict: Verdict) => void) | undefined;

  constructor({ paths, env, log }: ChildOptions) {
    const argument: ChildArgument = { paths, parentPid: process.pid };
    this.#process = fork(ENTRY, [JSON.stringify(argument)], {
      detached: true,
      serialization: 'advanced',
      execArgv: [],
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#log = log.child({ component: 'child', childPid: this.#process.pid });
    this.#process.on('message', (message: unknown) => this.#heard(message));
    this.ended = this.#watch();
    for (const stream of ['stdout', 'stderr'] as const) this.#relay(stream);
  }

  /** Jobs it was given. */
  get jobs(): number {
    return this.#jobs;
  }

  /** Whether it can run nothing more. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Never rejects. One at a time. */
  run(job: LeasedJob): Promise<Verdict> {
    this.#jobs++;
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#tell(['run', job]);
    });
  }

  abort(cause: AbortCause): void {
    this.#tell(['abort', cause]);
  }

  kill(): void {
    this.#dead = true;
    if (this.#process.pid !== undefined) killGroup(this.#process.pid);
  }

  #tell(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => {}); // a failure is seen as the child's end
  }

  #heard(message: unknown): void {
    if (!isFromChild(message)) this.#log.debug({}, 'message ignored');
    else if (message[0] === 'verdict') this.#conclude(message[1]);
    else if (message[0] === 'unfit') this.#giveUp(message[1]);
    else this.#log[message[1]](message[2], message[3]);
  }

  #giveUp(reason: string): void {
    this.#dead = true;
    this.#conclude({ ended: 'threw', reason, permanent: false });
  }

  #conclude(verdict: Verdict): void {
    this.#answer?.(verdict);
    this.#answer = undefined;
  }

  /** Its last messages may arrive after its exit is known, so the end is when both it and its channel are gone. */
  async #watch(): Promise<void> {
    const verdict = await new Promise<Verdict>((resolve) => {
      this.#process.once('error', (error) => resolve(notStarted(error)));
      this.#process.once('exit', (code, signal) => resolve(died(code, signal)));
    });
    this.kill(); // what it started may live on
    if (this.#process.connected) await new Promise((resolve) => this.#process.once('disconnect', resolve));
    this.#conclude(verdict);
  }

  #relay(stream: 'stdout' | 'stderr'): void {
    const input = this.#process[stream];
    if (!input) return;
    const lines = splitLines(WORKER_LIMITS.lineChars, (line) => this.#log.info({ stream, line }, 'child wrote'));
    input.setEncoding('utf8');
    input.on('data', (text: string) => lines.write(text));
    input.on('end', () => lines.end());
  }
}

/** The machine's fault, not the job's. */
const notStarted = (error: Error): Verdict => ({ ended: 'threw', reason: `NOT_STARTED: ${error.message}`, permanent: false });

const died = (code: number | null, signal: string | null): Verdict => ({
  ended: 'died',
  reason: signal === null ? `EXIT ${code}` : `SIGNAL ${signal}`,
});
