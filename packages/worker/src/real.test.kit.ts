import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSystem, realClock, realRandom, silentLog, sleep } from '@tiercel/actors';
import { type BrokerProtocol, brokerCodec, brokerPath, everyTenant, POOL } from '@tiercel/protocol';
import { serveSocket } from '@tiercel/socket';
import { onTestFinished } from 'vitest';
import { type TestBroker, testBroker } from './broker.test.kit.js';
import type { WorkerProcessArgument } from './worker-process.test.kit.js';

export const HANDLERS = fileURLToPath(new URL('./handlers.test.kit.js', import.meta.url));
const WORKER_PROCESS = fileURLToPath(new URL('./worker-process.test.kit.js', import.meta.url));
const SWEEP_MS = 50;
const POLL_MS = 20;
const DELIVERY_LEASE_MS = 1_000;

export interface RealSetup {
  readonly broker: TestBroker;
  /** A file or socket in a directory that goes when the test ends. */
  file(name: string): string;
  /** A worker in a process of its own. */
  forkWorker(options?: Partial<WorkerProcessArgument>): ChildProcess;
}

/** A broker in this process on real time, which other processes reach over a Unix socket. */
export async function realSetup(): Promise<RealSetup> {
  const directory = mkdtempSync(join(tmpdir(), 'worker-'));
  const file = (name: string) => join(directory, name);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const broker = await serveBroker(file('broker.sock'));
  return {
    broker,
    file,
    forkWorker(options = {}) {
      const argument: WorkerProcessArgument = { socket: file('broker.sock'), graceMs: 200, concurrency: 30, ...options };
      const child = fork(WORKER_PROCESS, [JSON.stringify(argument)], {
        execArgv: [],
        stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    },
  };
}

async function serveBroker(socket: string): Promise<TestBroker> {
  const broker = testBroker(realClock, DELIVERY_LEASE_MS);
  const ports = { clock: realClock, random: realRandom, log: silentLog };
  const transport = await serveSocket({ path: socket, ...ports });
  const system = createSystem({ name: 'broker', transport, ...ports });
  const actor = system.spawn<BrokerProtocol>({ name: 'broker', actor: broker.actor, turns: 1_000 });
  await system.serve<BrokerProtocol>(everyTenant('test'), actor, brokerCodec);
  let sweeping = true;
  void (async () => {
    for (; sweeping; await sleep(realClock, SWEEP_MS)) await broker.sweep();
  })();
  onTestFinished(async () => {
    sweeping = false;
    await system.stop();
    await transport.close();
  });
  return broker;
}

/** Polls until `check` gives something truthy; throws with the last value after `forMs`. */
export async function until<T>(check: () => T | Promise<T>, forMs = 15_000): Promise<NonNullable<T>> {
  const giveUpAt = realClock.monotonic() + forMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (realClock.monotonic() > giveUpAt) throw new Error(`not within ${forMs} ms`);
    await sleep(realClock, POLL_MS);
  }
}

/** The signal or code a process ended with. */
export const exitOf = (child: ChildProcess): Promise<string | number | null> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));

/** A process that waits to be reaped by somebody is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}

/** The numbers in a file that a handler writes. */
export function pidsIn(file: string): number[] | undefined {
  try {
    const pids = readFileSync(file, 'utf8').split(' ').map(Number);
    return pids.length === 2 ? pids : undefined;
  } catch {
    return undefined; // not written yet
  }
}

export const BROKER_PATH = brokerPath('test', POOL);
