import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, ServerOptions } from './engine.js';
import { freshDir, register } from './leftovers.js';
import { freePort } from './port.js';
import type { Server } from './server.js';
import { eventually, within } from './wait.js';

const HOST = '127.0.0.1';
const BOUND = { startMs: 10_000, stopMs: 5_000, ports: 5, logChars: 2_000 } as const;

/** Starts the executable on a free port; when another process takes that port first, on another. */
export async function startAsProcess(engine: Engine, binary: string, options: ServerOptions): Promise<Server> {
  for (let tries = 1; ; tries++) {
    const dir = freshDir(engine.name);
    const server = new ProcessServer(engine, binary, options, dir, await freePort());
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      if (tries === BOUND.ports || !/in use/i.test(String(error))) throw error;
    }
  }
}

class ProcessServer implements Server {
  readonly url: string;
  version = '';
  readonly #engine: Engine;
  readonly #binary: string;
  readonly #options: ServerOptions;
  readonly #dir: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  constructor(engine: Engine, binary: string, options: ServerOptions, dir: string, port: number) {
    this.url = engine.url(HOST, port);
    this.#engine = engine;
    this.#binary = binary;
    this.#options = options;
    this.#dir = dir;
    this.#port = port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const { child, log } = this.#spawn();
    const died = once(child, 'close').then(() => {
      throw new Error(`${this.#binary} ended at once: ${log().slice(-BOUND.logChars)}`);
    });
    const ready = eventually(() => this.#engine.probe(HOST, this.#port), { withinMs: BOUND.startMs, what: this.#binary });
    this.version = await Promise.race([ready, died]);
    died.catch(() => {}); // from here on its end is somebody's wish
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async freeze(): Promise<void> {
    this.#child?.kill('SIGSTOP');
  }

  async thaw(): Promise<void> {
    this.#child?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  #spawn(): { child: ChildProcess; log: () => string } {
    const file = join(this.#dir, 'server.conf');
    writeFileSync(file, this.#engine.config({ ...this.#options, host: HOST, port: this.#port, dir: this.#dir }));
    const env = { PATH: process.env.PATH, ...this.#options.env };
    const child = spawn(this.#binary, this.#engine.args(file), { cwd: this.#dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const forget = register({ pid: child.pid, dir: this.#dir });
    let log = '';
    const keep = (chunk: Buffer) => {
      log = (log + chunk).slice(-BOUND.logChars);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('close', forget);
    child.once('error', (error) => keep(Buffer.from(error.message)));
    this.#child = child;
    return { child, log: () => log };
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await within(BOUND.stopMs, `the end of ${this.#binary}`, gone).catch(() => {
      child.kill('SIGKILL');
      return gone;
    });
  }
}
