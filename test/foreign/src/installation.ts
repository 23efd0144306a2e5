import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, firstWords, freePort } from '@tiercel/test-support';
import { type Place, run } from './run.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const TIERCEL = join(ROOT, 'packages/cli/bin/tiercel.js');
const HANDLERS = join(ROOT, 'examples/hello-world/handlers.mjs');
const START_MS = 60_000;

/** What `tiercel dev --kestrel` starts on a machine without servers: four processes, and the door in the producer. */
export class DevInstallation implements Place {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly folder: string;
  /** Node, and no servers. */
  readonly #env: Record<string, string>;
  #process: ChildProcess;

  private constructor(port: number) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'tiercel-foreign-'));
    this.#env = { PATH: join(this.folder, 'path'), HOME: this.folder };
    mkdirSync(join(this.folder, 'path'));
    symlinkSync(process.execPath, join(this.folder, 'path/node'));
    this.#process = this.#spawn();
  }

  static async start(): Promise<DevInstallation> {
    const installation = new DevInstallation(await freePort());
    await installation.#up();
    return installation;
  }

  /** What a command of ours answers as JSON. */
  async ask<T>(...args: string[]): Promise<T> {
    const { stdout } = await run(process.execPath, [TIERCEL, ...args, '--json'], [0], {
      cwd: this.folder,
      env: this.#env,
    });
    return JSON.parse(stdout) as T;
  }

  /** With `keep` what it keeps on disk stays, for {@link restart}. */
  async stop({ keep = false } = {}): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    this.#process = this.#spawn();
    await this.#up();
  }

  #spawn(): ChildProcess {
    const args = ['dev', '--kestrel', `${this.host}:${this.port}`, '--handlers', HANDLERS];
    return spawn(process.execPath, [TIERCEL, ...args], { cwd: this.folder, env: this.#env, stdio: 'ignore' });
  }

  async #up(): Promise<void> {
    await eventually(() => firstWords(this.host, this.port, 'version\r\n'), { withinMs: START_MS, what: 'the door' });
  }
}
