import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync } from 'node:fs';
import { eventually, freePort, freshDir, register, within } from '@tiercel/test-support';

const BOUND = { startMs: 40_000, stopMs: 10_000, logChars: 2_000 } as const;

/** Whom a process runs as, when not as whoever runs the bench. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Plan {
  readonly name: string;
  readonly owner?: Owner | undefined;
  /** Makes the data directory ready. */
  prepare?(dir: string): void;
  /** It stays in the foreground. */
  command(dir: string, port: number): { readonly file: string; readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv };
  /** Something truthy once it answers. */
  probe(port: number): unknown;
  readonly stopSignal?: NodeJS.Signals;
}

/** A server started from its program, with a data directory of its own on a free port; ended with the bench at the latest. */
export interface Daemon {
  readonly dir: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it, then removes its data. */
  close(): Promise<void>;
}

/** Throws what it said last when it ends before it answers. */
export async function startDaemon({ name, owner, prepare, command, probe, stopSignal = 'SIGTERM' }: Plan): Promise<Daemon> {
  const [dir, port] = [freshDir(name), await freePort()];
  if (owner) chownSync(dir, owner.uid, owner.gid);
  prepare?.(dir);
  const { file, args, env } = command(dir, port);
  const child = spawn(file, args, { cwd: dir, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...owner });
  const forget = register({ pid: child.pid, dir });
  child.once('close', forget);
  const log = tailOf(child);
  const died = once(child, 'close').then(() => {
    throw new Error(`${file} ended at once: ${log()}`);
  });
  const close = async () => {
    await end(child, stopSignal);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await Promise.race([eventually(() => probe(port), { withinMs: BOUND.startMs, what: file }), died]);
    died.catch(() => {}); // from here on its end is somebody's wish
    return { dir, port, pid: child.pid as number, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function tailOf(child: ChildProcess): () => string {
  let log = '';
  const keep = (chunk: unknown) => {
    log = (log + chunk).slice(-BOUND.logChars);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.once('error', (error) => keep(error.message));
  return () => log.trim();
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await within(BOUND.stopMs, 'the end', gone).catch(() => {
    child.kill('SIGKILL');
    return gone;
  });
}
