import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Tiercel } from 'tiercel';
import { onTestFinished } from 'vitest';
import { Installation } from './installation.js';
import { Ledger } from './ledger.js';
import { type Ran, run } from './run.js';

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/tiercel.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./folder-program.js', import.meta.url));

/** A program under way, and what it has said. */
export interface Program {
  readonly child: ChildProcess;
  readonly said: readonly Readonly<Record<string, unknown>>[];
}

/** A folder on a machine without any server, where somebody works with Tiercel. Everything goes with the test. */
export class Folder {
  readonly path: string;
  readonly ledger: Ledger;
  readonly env: Record<string, string>;
  #tiercel: Promise<Tiercel> | undefined;

  /** `below`: a folder further down, made by whoever wants it. */
  constructor(below = '') {
    const root = mkdtempSync(join(tmpdir(), 'tiercel-folder-'));
    const bin = mkdtempSync(join(tmpdir(), 'tiercel-path-'));
    symlinkSync(process.execPath, join(bin, 'node'));
    this.path = join(root, below);
    this.ledger = new Ledger(join(root, 'ledger'));
    this.env = { PATH: bin, TEST_LEDGER: this.ledger.file, TIERCEL_CHILD_ENV: 'TEST_LEDGER', TIERCEL_LOG_FORMAT: 'json' };
    onTestFinished(() => {
      this.ledger.close();
      for (const each of [root, bin]) rmSync(each, { recursive: true, force: true });
    });
  }

  /** `tiercel dev`, started. */
  dev(...flags: string[]): Installation {
    return this.start('dev', ...flags);
  }

  /** A command that goes on until the test ends. */
  start(...args: string[]): Installation {
    const installation = new Installation(this.env, undefined, { args: [COMMAND, ...args], cwd: this.path });
    onTestFinished(() => void installation.stop());
    installation.start();
    return installation;
  }

  /** A command of a second terminal. */
  tiercel(...args: string[]): Promise<Ran> {
    return run(process.execPath, [COMMAND, ...args], { env: this.env, cwd: this.path });
  }

  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.tiercel(...args, '--json');
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** This process, over the socket of the folder. */
  async connect(): Promise<Tiercel> {
    this.#tiercel ??= Tiercel.connect({ socket: join(this.path, '.tiercel', 'tiercel', 'socket') }).then((tiercel) => {
      onTestFinished(() => tiercel.close());
      return tiercel;
    });
    return this.#tiercel;
  }

  program(what: 'work' | 'ask'): Program {
    const child = spawn(process.execPath, [PROGRAM, what], { cwd: this.path, env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said: Record<string, unknown>[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)));
    return { child, said };
  }
}
