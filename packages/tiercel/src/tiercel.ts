import { hostname } from 'node:os';
import { type Log, realClock, realRandom } from '@tiercel/actors';
import { type Client, createClient } from '@tiercel/client';
import { fail, POOL, requireName } from '@tiercel/protocol';
import { createWorker, handlerOf, type WorkerOptions } from '@tiercel/worker';
import type { Job } from './define-job.js';
import { RunningWorker } from './running-worker.js';
import { Tenant } from './tenant.js';
import { wireHere } from './wire-here.js';
import { SYNC, wireSync } from './wire-sync.js';
import { type Chances, type Common, type EmbeddedOptions, type Wiring, wireRemote } from './wiring.js';

export interface ConnectOptions {
  /** `nats://…`; `TIERCEL_NATS_URL` by default. */
  readonly nats?: string;
  /**
   * Path of the socket of an installation on this machine; `TIERCEL_SOCKET` by default. Without it and without a NATS server jobs are kept
   * here, by this process or by the one that does so already.
   */
  readonly socket?: string;
  /**
   * Where jobs are kept here: `lmdb:PATH`, `redis://…` or `memory:`; `TIERCEL_STORE` by default, then `lmdb:.tiercel`. `sync:`, for tests: whoever enqueues a job performs it, at once.
   */
  readonly store?: string;
  /** `TIERCEL_NAMESPACE`, then `tiercel`, by default. */
  readonly namespace?: string;
  /** A pino logger or anything of its shape; by default one on stderr that shows warnings. */
  readonly log?: Log;
}

export interface WorkOptions {
  /** Whose jobs; all tenants' by default, as far as the credential goes. */
  readonly tenant?: string;
  /** Jobs at once, 1 … 500; 10 by default. */
  readonly concurrency?: number;
  /** Between asking a handler to stop and giving it up, in milliseconds; 5,000 by default. */
  readonly graceMs?: number;
}

/** Where an embedded broker keeps jobs unless it is told: in a directory, since memory forgets and is therefore to be asked for. */
const HERE = 'lmdb:.tiercel';

/** An installation, as an application sees it. */
export class Tiercel {
  readonly #wiring: Wiring;
  readonly #client: Client;
  readonly #parts: Omit<Common, 'namespace'> & Chances;
  readonly #workers = new Set<RunningWorker>();
  #closed: Promise<void> | undefined;

  protected constructor(wiring: Wiring, parts: Omit<Common, 'namespace'> & Chances) {
    this.#wiring = wiring;
    this.#parts = parts;
    this.#client = createClient({
      broker: (tenant) => wiring.broker(tenant),
      clock: parts.clock,
      random: parts.random,
      ...(wiring.client === undefined ? {} : { make: wiring.client }),
    });
  }

  /** Throws BAD_CONFIG with every fault, UNREACHABLE when nobody answers, and what the storage throws. */
  static async connect(options: ConnectOptions = {}): Promise<Tiercel> {
    const { createLog, readConfig, secretIn, thisProcess } = await import('@tiercel/host');
    const { env, pid, stderr } = { ...thisProcess(), stderr: process.stderr };
    const { nats, socket, store } = placeOf(options, env, (key) => secretIn(env, key));
    const config = readConfig(['nats', 'socket', 'store', 'namespace', 'shards', 'requireDurability', 'logLevel', 'logFormat'], {
      env: { TIERCEL_LOG_LEVEL: 'warn', ...env },
      flags: {
        ...(nats === undefined ? {} : { nats }),
        ...(socket === undefined ? {} : { socket }),
        store: store === SYNC ? 'memory:' : store,
        ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      },
    });
    const name = `${hostname()}-${pid}`.replace(/[^A-Za-z0-9_-]/g, '-');
    const log: Log =
      options.log ??
      (await createLog({
        service: 'tiercel',
        instance: name,
        level: config.logLevel,
        format: config.logFormat,
        out: stderr,
        colour: env.NO_COLOR === undefined,
      }));
    const common = { ...config, name, log };
    const wiring = await wiringOf({ nats, socket, store }, common);
    return new Tiercel(wiring, { name, log, clock: realClock, random: realRandom });
  }

  /** Whether brokers run elsewhere or in this process. */
  get mode(): 'remote' | 'embedded' {
    return this.#wiring.mode;
  }

  /** Throws BAD_NAME. */
  tenant(name: string): Tenant {
    return new Tenant(this.#client.tenant(name));
  }

  /** Performs jobs of these kinds in this process until the worker, or this installation, is closed. */
  async work(jobs: readonly Job<never>[] | readonly Job[], options: WorkOptions = {}): Promise<RunningWorker> {
    const kinds = jobs as readonly Job[];
    const { clock, random, log } = this.#parts;
    const tenant = options.tenant === undefined ? POOL : requireName('tenant', options.tenant);
    const queues = [...new Set(kinds.map(({ queue }) => queue))];
    const common = {
      handlers: new Map(kinds.map((job) => [job.name, handlerOf(job)])),
      clock,
      random,
      log: log.child({ component: 'worker' }),
      ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
    };
    const { performer } = this.#wiring;
    const running = performer
      ? await performer.employ({ tenant, queues }, common)
      : await this.#startWorker(tenant, { ...common, queues, ...concurrencyOf(options) });
    this.#workers.add(running);
    return running;
  }

  async #startWorker(tenant: string, options: Omit<WorkerOptions, 'broker' | 'keeper' | 'owner'>): Promise<RunningWorker> {
    const owner = `${this.#parts.name}-w${this.#workers.size + 1}`;
    const { graceMs } = options;
    const keeper = this.#wiring.keeper({ tenant, ...(graceMs === undefined ? {} : { graceMs }) });
    const worker = createWorker({ ...options, broker: this.#wiring.broker(tenant), keeper, owner });
    await worker.start();
    return new RunningWorker(worker, owner, () => this.#wiring.leaving(owner));
  }

  /** Drains the workers, then closes what was opened. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close()));
    this.#client.close();
    await this.#wiring.close();
  }
}

function wiringOf({ nats, socket, store }: ReturnType<typeof placeOf>, common: EmbeddedOptions): Promise<Wiring> {
  if (socket !== undefined) return wireRemote({ socket }, common);
  if (nats !== undefined) return wireRemote({ nats }, common);
  if (store === SYNC) return wireSync(common);
  return wireHere(common);
}

/** Where jobs go. What the program says wins over the environment; a test that performs its jobs itself must not enqueue for others. */
function placeOf(
  { nats, socket, store }: ConnectOptions,
  env: Readonly<Record<string, string | undefined>>,
  secret: (key: 'nats' | 'store') => string | undefined,
) {
  const named = nats !== undefined || socket !== undefined || store === SYNC;
  const place = {
    nats: nats ?? (named ? undefined : secret('nats')),
    socket: socket ?? (named ? undefined : env.TIERCEL_SOCKET || undefined),
    store: store ?? secret('store') ?? HERE,
  };
  if (place.store === SYNC && (place.nats ?? place.socket) !== undefined)
    fail('BAD_CONFIG', { store: `expected no NATS server and no socket beside ${SYNC}, got both` });
  return place;
}

const concurrencyOf = ({ concurrency }: WorkOptions) => (concurrency === undefined ? {} : { concurrency });
