import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { php } from './clients.js';
import { TIERCEL } from './installation.js';
import type { Place } from './run.js';

const COMMAND = join(import.meta.dirname, '../clients/ecli.php');

/** How the command was called. */
export interface Note {
  readonly env: string;
  readonly instance: string;
  readonly job: string;
  readonly data: unknown;
  readonly pid: number;
}

/** `tiercel consume` in a process of its own, which runs a command in PHP for every job. Killed when the test is over. */
export class Consumer {
  readonly #process: ChildProcess;
  readonly #notes: string;
  stdout = '';
  stderr = '';
  /** Its code or signal. */
  readonly ended: Promise<number | string | null>;

  constructor({ host, port, folder }: Place, queue: string, ...flags: string[]) {
    this.#notes = join(folder, `${queue}.notes`);
    const args = ['consume', '-e', 'test', '-s', `${host}:${port}`, '-q', queue, '--exec', php(), COMMAND, '--child-env', 'NOTES'];
    const env = { PATH: process.env.PATH, NOTES: this.#notes };
    this.#process = spawn(process.execPath, [TIERCEL, ...args, ...flags], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stdout?.on('data', (text) => {
      this.stdout += text;
    });
    this.#process.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.#process, 'close').then(([code, signal]) => signal ?? code);
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  get notes(): Note[] {
    if (!existsSync(this.#notes)) return [];
    const lines = readFileSync(this.#notes, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Note);
  }

  /** Its log lines of this message. */
  logged(message: string): Record<string, unknown>[] {
    const lines = this.stderr.split('\n').filter((line) => line.includes(`"msg":${JSON.stringify(message)}`));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** A process that waits to be reaped by somebody is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}
