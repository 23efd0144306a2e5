import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { intBelow, type Random } from '@tiercel/actors';
import { seededRandom } from '@tiercel/actors/testing';
import type { LeasedJob } from '@tiercel/protocol';
import { freshDir } from '@tiercel/test-support';
import { Client, QUEUES, TENANTS } from './client.js';
import { type Cut, cutPower } from './disk.js';
import type { DurableEngine, Storage } from './engine.js';
import { type Fault, Ledger } from './ledger.js';
import { shimEnv } from './shim.js';

export interface Trial {
  readonly seed: number;
  readonly jobs: number;
  /** Answers of storage that it has to stand by. */
  readonly promises: number;
  readonly cut: Cut;
  readonly faults: readonly Fault[];
}

/** Connections, and clients at work on each. */
const CONNECTIONS = 2;
const CLIENTS = 2;
/** The last point at which power may fail; about four for each write that is flushed. */
const POINTS = 1_200;

/** Another mishap than a power cut. */
export interface Mishap {
  /** The disk only says that it flushed. */
  readonly lies?: boolean;
  /** The process is killed, and the machine goes on: the files stay as they are. */
  readonly crash?: boolean;
}

/**
 * Lets clients work with an engine on fresh files, cuts its power at a point drawn from the seed, starts it again on what was left,
 * and compares what it knows with what it acknowledged.
 */
export async function powerCut(engine: DurableEngine, seed: number, { lies = false, crash = false }: Mishap = {}): Promise<Trial> {
  const random = seededRandom(seed);
  const cutAt = 1 + intBelow(random, POINTS);
  const tear = random.next() < 0.5 ? 'none' : engine.tear;
  const [home, ledger] = [realpathSync(freshDir('power-cut')), new Ledger()];
  const [dir, log] = [join(home, 'disk'), join(home, 'log')];
  mkdirSync(dir);
  try {
    await workUntilCut(engine, dir, shimEnv({ dir, log, cutAt, lies }), ledger, random);
    const { jobs, promises } = ledger.size;
    const cut = crash ? { files: 0, atRiskBytes: 0 } : cutPower(dir, log, tear, random);
    const faults = await judge(engine, dir, ledger, random);
    return { seed, jobs, promises, cut, faults };
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10 }); // a child may be on its way out
  }
}

async function workUntilCut(
  engine: DurableEngine,
  dir: string,
  env: Readonly<Record<string, string>>,
  ledger: Ledger,
  random: Random,
): Promise<void> {
  const running = await engine.start(dir, env).catch(() => undefined);
  if (!running) return; // cut while it started, and so nothing was promised
  const stores: Storage[] = [];
  try {
    for (let at = 0; at < CONNECTIONS; at++) stores.push(await running.open());
    const clients = stores.flatMap((store, at) =>
      Array.from({ length: CLIENTS }, (_, nth) => new Client(`client-${at}-${nth}`, store, ledger, fork(random))),
    );
    await Promise.all(clients.map((client) => client.workUntilFailure()));
  } catch (error) {
    if (stores.length === CONNECTIONS) throw error; // else it was cut while they connected
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await running.stop();
  }
}

async function judge(engine: DurableEngine, dir: string, ledger: Ledger, random: Random): Promise<readonly Fault[]> {
  const running = await engine.start(dir, {}).catch((error: Error) => error);
  if (running instanceof Error) return [{ kind: 'lost', id: 'all', what: `it does not start: ${running.message}` }];
  const store = await running.open();
  try {
    const faults = await lookAtAll(store, ledger);
    const client = new Client('after', store, ledger, random);
    faults.push(...(await endHeld(client, ledger)));
    for (const tenant of TENANTS) for (const queue of QUEUES) await drain(client, tenant, queue);
    return [...faults, ...ledger.repeated];
  } finally {
    await store.close();
    await running.stop();
  }
}

/** What one client draws does not shift what another gets. */
const fork = (random: Random): Random => seededRandom(intBelow(random, 2 ** 32));

/** Jobs asked for at a time. */
const PAGE = 200;

async function lookAtAll(store: Storage, ledger: Ledger): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const tenant of TENANTS) {
    const ids = [...ledger.accounts].flatMap(({ job }) => (job.tenant === tenant ? [job.id] : []));
    for (let from = 0; from < ids.length; from += PAGE) {
      const some = ids.slice(from, from + PAGE);
      const views = await store.find(tenant, some, { payload: true });
      faults.push(...some.flatMap((id, at) => ledger.judge(id, views[at] ?? null)));
    }
  }
  return faults;
}

/** Whoever holds a lease may still settle it. */
async function endHeld(client: Client, ledger: Ledger): Promise<Fault[]> {
  const held = ledger.held();
  if (held.length === 0) return [];
  const codes = await client.settle(held.map(ackOf));
  return held.flatMap(({ id }, at) => (codes[at] === 'OK' ? [] : [{ kind: 'undone', id, what: `its lease: ${codes[at]}` }]));
}

/** Hands out and ends all that is ready, so that new tokens are compared with the old ones. */
async function drain(client: Client, tenant: string, queue: string): Promise<void> {
  for (let leases = await client.reserve(tenant, queue, PAGE); leases.length > 0; ) {
    await client.settle(leases.map(ackOf));
    leases = await client.reserve(tenant, queue, PAGE);
  }
}

const ackOf = ({ tenant, id, token }: LeasedJob) => ({ tenant, id, token, outcome: 'ack' }) as const;
