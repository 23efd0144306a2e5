import { intBelow, type Random } from '@tiercel/actors';
import { checksumOf, ENCODINGS, type LeasedJob } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';
import { aJob, aReserve } from '@tiercel/store/testing';
import { damaged } from './damage.js';
import type { Part, Vault } from './vault.js';

/** What became of jobs whose records were damaged. */
export interface Tally {
  damaged: number;
  /** Performed, and not what was handed in: there must be none. */
  corrupted: string[];
  /** Performed as it was handed in: the damage was elsewhere in its record. */
  unharmed: number;
  /** Handed out, and refused by the worker. */
  refused: number;
  /** Quarantined: by the worker's wish, or because storage could not read them. */
  aside: number;
  /** Whoever stood beside them and was not handed out as it was handed in. */
  neighbours: string[];
}

export const emptyTally = (): Tally => ({ damaged: 0, corrupted: [], unharmed: 0, refused: 0, aside: 0, neighbours: [] });

const [DAMAGED, SOUND] = [100, 20];
const QUEUE = 'mail';
const HOUR_MS = 3_600_000;
/** Reserves in a row that give nothing, before a queue counts as empty: what cannot be read may fill one. */
const BARREN = 3;

/** Stores jobs of one tenant, damages the records of a hundred, and does what brokers and workers do until nothing is handed out. */
export async function performDamaged(vault: Vault, tenant: string, random: Random, tally: Tally): Promise<void> {
  const jobs = Array.from({ length: DAMAGED + SOUND }, (_, at) => aVariedJob(`job-${at}`, tenant, random));
  const byId = new Map(jobs.map((job) => [job.id, job]));
  await vault.store.enqueue(jobs);
  await beginSome(vault, tenant, random);
  const hurt = jobs.slice(0, DAMAGED).map(({ id }) => id);
  await vault.write(tenant, damagedParts(await vault.read(tenant, hurt), random));
  tally.damaged += hurt.length;

  const [performed, refused] = [new Set<string>(), new Set<string>()];
  for (let round = 0; round < 2; round++) {
    for (const lease of await handOut(vault, tenant)) {
      if (isRefused(lease)) refused.add(lease.id);
      else if (!isAsHandedIn(lease, byId.get(lease.id))) tally.corrupted.push(describe(lease, byId.get(lease.id)));
      else performed.add(lease.id);
    }
    await sweepAndRevive(vault, tenant, hurt);
  }
  tally.refused += refused.size;
  tally.aside += await countAside(vault, tenant);
  tally.unharmed += hurt.filter((id) => performed.has(id)).length;
  tally.neighbours.push(...jobs.slice(DAMAGED).flatMap(({ id }) => (performed.has(id) ? [] : [`${tenant}/${id}`])));
}

/** The data read as something in every encoding, so that one taken for another would be performed. */
function aVariedJob(id: string, tenant: string, random: Random): TenantJob {
  const digits = Buffer.from(random.bytes(1 + intBelow(random, 100)).map((byte) => 0x31 + (byte % 9)));
  const payload = random.next() < 0.3 ? Buffer.concat([digits, Buffer.alloc(600, '1')]) : digits;
  const encoding = ENCODINGS[intBelow(random, ENCODINGS.length)]!;
  const terms = random.next() < 0.3 ? { ttlMs: 10 * HOUR_MS, attempts: 9, leaseMs: 20_000, backoffMs: 5 } : {};
  return aJob({ id, tenant, queue: QUEUE, encoding, payload: new Uint8Array(payload), ...terms });
}

/** Some have run before: their records have more in them. */
async function beginSome({ store }: Vault, tenant: string, random: Random): Promise<void> {
  const { jobs } = await store.reserve(reserveOf(store, tenant));
  const release = { outcome: 'release', delayMs: 0, spend: true, lost: false, head: false, reason: 'not yet' } as const;
  const begun = jobs.filter(() => random.next() < 0.5);
  await store.settle(begun.map(({ id, token }) => ({ tenant, id, token, ...release })));
  await store.reap(0, 1_000, { owners: [{ owner: 'worker-1', reason: 'gone' }], cursor: '' });
}

function damagedParts(parts: readonly Part[], random: Random): Part[] {
  const ids = [...new Set(parts.map(({ id }) => id))];
  return ids.map((id) => {
    const of = parts.filter((part) => part.id === id);
    const part = of[intBelow(random, of.length)]!;
    return { ...part, bytes: damaged(part.bytes, random) };
  });
}

const reserveOf = (store: Vault['store'], tenant: string) =>
  aReserve(store, { wants: [{ tenant, queue: QUEUE, max: 100 }], max: 100 });

/** Everything that is handed out; what a worker refuses it buries, the rest it completes. */
async function handOut({ store }: Vault, tenant: string): Promise<LeasedJob[]> {
  const leases: LeasedJob[] = [];
  for (let barren = 0; barren < BARREN; ) {
    const { jobs } = await store.reserve(reserveOf(store, tenant));
    barren = jobs.length === 0 ? barren + 1 : 0;
    leases.push(...jobs);
    await store.settle(
      jobs.map((lease) => {
        const { id, token } = lease;
        return isRefused(lease)
          ? { tenant, id, token, outcome: 'bury', reason: 'CORRUPT', corrupt: true }
          : { tenant, id, token, outcome: 'ack' };
      }),
    );
  }
  return leases;
}

/** Whatever state the damage put a job into, it gets its chance to come back. */
async function sweepAndRevive({ store, clock }: Vault, tenant: string, ids: readonly string[]): Promise<void> {
  clock.advance(HOUR_MS / 2);
  await store.promote(0, 1_000);
  await store.reap(0, 1_000);
  await store.revive(tenant, ids);
}

async function countAside({ store }: Vault, tenant: string): Promise<number> {
  let [count, cursor] = [0, ''];
  do {
    const page = await store.quarantined(tenant, { cursor, limit: 100 });
    count += page.records.length;
    cursor = page.cursor;
  } while (cursor !== '');
  return count;
}

/** As a worker checks it. */
function isRefused({ id, tenant, originQueue, name, encoding, payload, checksum }: LeasedJob): boolean {
  return checksumOf({ id, tenant, queue: originQueue, name, encoding, payload }) !== checksum;
}

const isAsHandedIn = (lease: LeasedJob, job: TenantJob | undefined): boolean =>
  job !== undefined &&
  lease.name === job.name &&
  lease.encoding === job.encoding &&
  lease.originQueue === job.queue &&
  Buffer.compare(lease.payload, job.payload) === 0;

const describe = (lease: LeasedJob, job: TenantJob | undefined): string =>
  `${lease.tenant}/${lease.id}: ${lease.name}, ${lease.encoding}, ${lease.payload.length} bytes instead of ${job?.name}, ${job?.encoding}, ${job?.payload.length} bytes`;
