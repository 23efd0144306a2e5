import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tiercel/test-support';

const SUPERVISOR = fileURLToPath(new URL('../../../services/supervisor/dist/main.js', import.meta.url));

/** A line that a service wrote: of its log, or of its output (then without `msg`). */
export interface LogLine {
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  readonly msg?: string;
  readonly level: string;
  readonly [fact: string]: unknown;
}

/** What a user starts. */
export interface Launch {
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** A supervisor and everything it keeps, as a user starts it; its log is what the test knows of it. */
export class Installation {
  /** The log so far; output is only passed on. */
  readonly lines: LogLine[] = [];
  readonly #env: Record<string, string>;
  readonly #onLine: (line: LogLine) => void;
  readonly #launch: Launch;
  #supervisor: ChildProcess | undefined;

  constructor(env: Record<string, string>, onLine: (line: LogLine) => void = () => {}, launch: Launch = { args: [SUPERVISOR] }) {
    this.#env = env;
    this.#onLine = onLine;
    this.#launch = launch;
  }

  start(): void {
    const { args, cwd } = this.#launch;
    const child = spawn(process.execPath, args, {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TIERCEL_LOG_FORMAT: 'json', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#supervisor = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (text) => this.#take(text));
  }

  get supervisorPid(): number {
    return this.#supervisor?.pid ?? 0;
  }

  /** Living processes of a service, in the order in which they started. */
  pids(service: string): number[] {
    const started = this.lines.filter((line) => line.service === service && line.msg === 'service started');
    return [...new Set(started.map(({ pid }) => pid))].filter(isAlive);
  }

  /** Waits until so many processes of a service live. */
  up(service: string, count: number, withinMs = 20_000): Promise<number[]> {
    const enough = () => (this.pids(service).length >= count ? this.pids(service) : undefined);
    return eventually(enough, { withinMs, what: `${count} × ${service}` });
  }

  /** The last lines of the log, for whoever has to find out why. */
  tail(count: number): string {
    return shown(this.lines.filter(({ code }) => code !== 'STOPPED').slice(-count));
  }

  /** The log from that line on. */
  since(line: number): string {
    return shown(this.lines.slice(line));
  }

  async stop(): Promise<number | null> {
    const child = this.#supervisor;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    return exited;
  }

  #take(text: string): void {
    const line = parse(text);
    if (line.msg !== undefined) this.lines.push(line);
    this.#onLine(line);
  }
}

/** Whether a process runs; one that only waits for its new parent to take note of its end does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self/stat');
  }
}

const shown = (lines: readonly LogLine[]): string => lines.map((line) => JSON.stringify(line)).join('\n');

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { service: '', instance: '', pid: 0, msg: text, level: 'raw' };
  }
}
