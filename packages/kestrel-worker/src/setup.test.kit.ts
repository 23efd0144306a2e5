import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Log, realClock, realRandom } from '@tiercel/actors';
import { childEnv, loadHandlers } from '@tiercel/worker';
import { onTestFinished } from 'vitest';
import { commandWork, handlerWork, KestrelConsumer, type KestrelConsumerOptions } from './index.js';
import { SmallServer } from './small-server.test.kit.js';

const JOBS = fileURLToPath(new URL('./jobs.test.kit.js', import.meta.url));
const COMMAND = fileURLToPath(new URL('./command.test.kit.js', import.meta.url));
export const QUEUE = 'work';

interface Given extends Partial<KestrelConsumerOptions> {
  /** Items that are there from the beginning. */
  readonly items?: readonly (string | Uint8Array)[];
  /** The same, and on other queues. */
  readonly prepare?: (server: SmallServer, item: (jobName: string, data?: object) => string) => void;
  /** Perform them by a command. */
  readonly byCommand?: boolean;
  /** The server is started by the test. */
  readonly away?: boolean;
}

/** A consumer of a small server, on real time and with real processes; it runs. */
export async function setup({ items = [], prepare, byCommand = false, away = false, ...options }: Given = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'consume-'));
  const file = join(folder, 'notes');
  const server = await new SmallServer().start();
  if (away) await server.stop();
  for (const each of items) server.put(QUEUE, each);
  const item = (jobName: string, data: object = {}) => JSON.stringify({ instance: 'acme', jobName, data: { file, ...data } });
  prepare?.(server, item);
  const logged: { readonly level: string; readonly message: string; readonly facts: Record<string, unknown> }[] = [];
  const counts = { empty: 0, performed: 0 };
  const env = { ...childEnv(process.env), TIERCEL_ENV: 'test', NOTES: file };
  const consumer = new KestrelConsumer({
    server: { host: '127.0.0.1', port: server.port },
    queue: QUEUE,
    work: byCommand ? commandWork([process.execPath, COMMAND], 'test', env) : handlerWork(await loadHandlers([JOBS]), [JOBS], env),
    allowance: { backoffMs: 200, backoffMaxMs: 200 },
    graceMs: 500,
    clock: realClock,
    random: realRandom,
    log: logTo(logged),
    empty: () => counts.empty++,
    performed: (count) => {
      counts.performed = count;
    },
    ...options,
  });
  const running = consumer.run();
  onTestFinished(async () => {
    await consumer.drain(0);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    server,
    consumer,
    running,
    counts,
    logged,
    /** An item of the article, whose handler notes that it was run. */
    item,
    /** What was noted, line by line. */
    notes: (): Note[] =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    lines: (message: string) => logged.filter((line) => line.message === message),
  };
}

export interface Note {
  readonly name: string;
  readonly attempt: number;
  readonly tenant: string;
  readonly id: string;
  readonly data: unknown;
  readonly env: string;
  readonly pid: number;
  readonly atMs: number;
  readonly vector: readonly string[];
}

function logTo(logged: { level: string; message: string; facts: Record<string, unknown> }[]): Log {
  const at = (level: string) => (facts: object, message: string) => void logged.push({ level, message, facts: { ...facts } });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

/** A process that waits to be reaped by somebody is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}
