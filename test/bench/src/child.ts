import { type ChildProcess, fork } from 'node:child_process';
import { within } from '@tiercel/test-support';
import type { Ask, Told } from './answer.js';

const BOUND = { readyMs: 15_000, closeMs: 5_000, tailChars: 2_000 } as const;

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export interface ChildOptions {
  /** What it is to the reader: producer, worker, broker. */
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  /** `command`: it is told to close; `signal`: it gets SIGTERM. */
  readonly closedBy: 'command' | 'signal';
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A process of a role, as the harness holds it. Ends with the harness at the latest. */
export class Child {
  readonly name: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #closedBy: ChildOptions['closedBy'];
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #asked = 0;
  #tail = '';
  #end: Error | undefined;
  #onReady: Pending = { resolve: () => {}, reject: () => {} };

  private constructor({ name, file, args = [], env = {}, nodeFlags = [], closedBy }: ChildOptions) {
    const { NODE_EXTRA_CA_CERTS: _slow, ...inherited } = process.env; // reading certificates takes 40 ms of every start
    this.name = name;
    this.#closedBy = closedBy;
    this.#child = fork(file, args, {
      env: { ...inherited, ...env },
      execArgv: [...nodeFlags],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    living.add(this.#child);
    for (const out of [this.#child.stdout, this.#child.stderr]) out?.on('data', (chunk) => this.#keep(String(chunk)));
    this.#child.on('message', (told) => this.#hear(told as Told));
    this.#child.on('error', (error) => this.#keep(error.message));
    this.#exited = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(this.#gone(code ?? signal))));
  }

  /** Resolves when it does its work. Throws what it said last when it ends before, or takes too long. */
  static async start(options: ChildOptions): Promise<Child> {
    const child = new Child(options);
    try {
      await within(BOUND.readyMs, `the start of the ${child.name}`, child.#ready());
      return child;
    } catch (error) {
      child.#child.kill('SIGKILL');
      throw error;
    }
  }

  /** Has a command of its role performed. Throws what that threw, and when the process ends. */
  ask<T>(kind: string, body?: unknown): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      const ask = ++this.#asked;
      this.#pending.set(ask, { resolve, reject });
      this.#child.send({ ask, kind, body } satisfies Ask, (error) => error && reject(error));
    }) as Promise<T>;
  }

  /** In order, so that what it writes at its end is written; by force when that takes too long. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    if (this.#closedBy === 'signal') this.#child.kill('SIGTERM');
    else void this.ask('close').catch(() => {}); // it may end before its answer is out
    await within(BOUND.closeMs, 'the end', this.#exited).catch(() => {
      this.#child.kill('SIGKILL');
      return this.#exited;
    });
  }

  #ready(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
  }

  #hear(told: Told): void {
    if ('ready' in told) {
      this.#onReady.resolve(undefined);
      return;
    }
    const pending = this.#pending.get(told.answer);
    this.#pending.delete(told.answer);
    if (told.error === undefined) pending?.resolve(told.value);
    else pending?.reject(new Error(`${this.name}: ${told.error}`));
  }

  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-BOUND.tailChars);
  }

  #gone(how: number | string | null): void {
    living.delete(this.#child);
    this.#end = new Error(`the ${this.name} ended (${how}) ${this.#tail.trim()}`);
    for (const waiting of [this.#onReady, ...this.#pending.values()]) waiting.reject(this.#end);
    this.#pending.clear();
  }
}
