/** A kind of process that a fleet keeps. Never a shell: a command and its arguments. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many of it run. */
  readonly count: number;
  /** Runs once: it is not started again, and the fleet ends when it does, as it does. `false` by default. */
  readonly decides?: boolean;
  /** Its ends after it was ready, which others' code may cause, cost nothing of the fleet's restart budget. `false` by default. */
  readonly forgiven?: boolean;
}

/** One process to start. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a process ended: by code, or by signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether it had said that it was ready. */
  readonly ready: boolean;
  /** Why it could not even start; '' when it did. */
  readonly fault: string;
}

/** A process that was started. */
export interface Child {
  /** `undefined` when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it says that it is ready; never when it ends before. */
  readonly readied: Promise<void>;
  /** Ends with the process, never fails. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to end. */
  terminate(): void;
  /** Ends it and everything in its process group. */
  kill(): void;
}

/** Starts a process; `spawnProcess` is the real one. */
export type Spawn = (launch: Launch) => Child;

/** In words for a log line and for the jobs that it held: `ended by SIGKILL`, `ended with code 5`. */
export function describeEnd({ code, signal, fault }: Pick<ProcessEnd, 'code' | 'signal' | 'fault'>): string {
  return fault ? `could not be started: ${fault}` : signal ? `ended by ${signal}` : `ended with code ${code}`;
}

/** Why a fleet ends: a process that decides, that was refused at its start, or that ended too often. */
export class ProcessError extends Error {
  readonly exitCode: number | null;

  constructor(slot: string, end: ProcessEnd) {
    super(`${slot} ${describeEnd(end)}`);
    this.name = 'ProcessError';
    this.exitCode = end.code;
  }
}
