import { forkRandom } from '@tiercel/actors/testing';
import { type Client, createClient, type Enqueued, type JobRequest } from '@tiercel/client';
import {
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  checksumOf,
  codeOf,
  decodeData,
  encodeData,
  type JobView,
} from '@tiercel/protocol';
import { NAMESPACE } from './names.js';
import type { JobPlan } from './plan.js';
import type { World } from './world.js';

/** Errors of a call that only say: perhaps, ask again. */
const UNCERTAIN = new Set(['NO_ANSWER', 'UNREACHABLE', 'BUSY', 'MAILBOX_FULL', 'STORAGE_UNAVAILABLE', 'STOPPED']);

/** The process that enqueues, for all tenants, and where their operators look and meddle. */
export class Producer {
  readonly name = 'producer';
  readonly #world: World;
  #client: Client | undefined;
  #lives = 0;
  #paused = false;
  /** Enqueues that are not answered. */
  readonly #open = new Set<JobPlan>();
  /** Of those, the ones this life has asked for. */
  #asked = new Set<JobPlan>();
  /** Ids that storage was said to have. */
  readonly #accepted: { readonly tenant: string; readonly id: string }[] = [];
  /** Planned jobs that are still to come. */
  #planned: number;

  constructor(world: World) {
    this.#world = world;
    this.#planned = world.plan.jobs.length;
  }

  get busy(): boolean {
    return this.#open.size > 0;
  }

  /** Whether everything planned was enqueued and answered. */
  get done(): boolean {
    return this.#planned === 0 && this.#open.size === 0 && this.#client !== undefined;
  }

  start(): void {
    const { kit } = this.#world;
    this.#lives++;
    this.#paused = false;
    this.#asked = new Set();
    const system = kit.system(this.name);
    this.#client = createClient({
      broker: (tenant) => system.ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec),
      clock: kit.clockOf(this.name),
      random: forkRandom(kit.random),
    });
    for (const job of this.#open) this.#enqueue(job);
  }

  /** Enqueues by the plan and meddles now and then. */
  begin(): void {
    const { plan, clock } = this.#world;
    for (const job of plan.jobs)
      clock.after(job.atMs, () => {
        this.#planned--;
        this.#open.add(job);
        this.#enqueue(job);
      });
    this.#meddleLater();
    this.#resumeLater();
  }

  /** Loses what it had not heard of; a caller's id is tried again by the next life, a made-up one is forgotten. */
  die(): void {
    const { kit, clock, dice, note } = this.#world;
    if (this.#client === undefined) return;
    this.#client = undefined;
    note('dead producer');
    kit.kill(this.name);
    for (const job of this.#open) if (job.request.id === undefined) this.#open.delete(job);
    clock.after(dice.whole(0, 3_000), () => this.start());
  }

  pause(): void {
    if (!this.#client) return;
    this.#paused = true;
    this.#world.kit.pause(this.name);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#client) return;
    this.#world.kit.resume(this.name);
    for (const job of this.#open) this.#enqueue(job);
  }

  #enqueue(job: JobPlan): void {
    const { tenant } = job;
    if (!this.#client || this.#paused || this.#asked.has(job)) return;
    this.#asked.add(job);
    const life = this.#lives;
    this.#client
      .tenant(tenant)
      .enqueue(requestOf(job, this.#world.clock.now()))
      .then(
        (enqueued) => this.#lives === life && this.#accept(job, enqueued),
        (error) => this.#lives === life && this.#refused(job, error),
      );
  }

  #accept(job: JobPlan, { id, duplicate }: Enqueued): void {
    const { ledger, judge } = this.#world;
    const { tenant } = job;
    this.#open.delete(job);
    this.#accepted.push({ tenant, id });
    const entry = ledger.find(tenant, id);
    if (!entry) judge.blame('what was accepted is not lost', { tenant, id, duplicate });
    else if (entry.given.checksum !== checksumOfPlan(job, id))
      judge.blame('one id is one job', { tenant, id, why: 'another job was stored' });
  }

  #refused(job: JobPlan, error: unknown): void {
    const { judge, ledger } = this.#world;
    const { tenant, request } = job;
    const code = codeOf(error);
    this.#open.delete(job);
    const other = request.id !== undefined && ledger.find(tenant, request.id);
    const rightly = code === 'DUPLICATE_ID' && other && other.given.checksum !== checksumOfPlan(job, other.given.id);
    if (!rightly)
      judge.blame('no call hangs or fails for ever', { call: 'enqueue', tenant, id: request.id, code, error: String(error) });
  }

  #meddleLater(): void {
    const { clock, dice, plan } = this.#world;
    clock.after(dice.waitMs(plan.meddlingPerSec), () => {
      if (!this.#world.faulty) return;
      if (this.#client) void this.#meddle(this.#client).catch((error) => this.#uncertain(error));
      this.#meddleLater();
    });
  }

  #uncertain(error: unknown): void {
    const code = codeOf(error);
    if (!UNCERTAIN.has(code))
      this.#world.judge.blame('no call hangs or fails for ever', { call: 'meddling', code, error: String(error) });
  }

  /** Once the faults are over nothing stays paused, whatever came late. */
  #resumeLater(): void {
    const { clock, ledger, faulty } = this.#world;
    clock.after(RESUME_MS, () => this.#resumeLater());
    if (faulty || !this.#client) return;
    for (const [tenant, queue] of ledger.paused())
      this.#client
        .tenant(tenant)
        .resume(queue)
        .catch((error) => this.#uncertain(error));
  }

  async #meddle(client: Client): Promise<void> {
    const { dice, ledger, plan } = this.#world;
    const tenant = dice.pick(plan.tenants);
    const mine = client.tenant(tenant);
    const id = dice.pick([...ledger.idsOf(tenant), 'nothing-has-this-id']);
    const act = dice.pick([
      'cancel',
      'cancel',
      'revive',
      'find',
      'inspect',
      'dead',
      'queues',
      'trespass',
      'pause',
      'resume',
    ] as const);
    const queue = dice.pick(['', ...plan.jobs.map(({ request }) => request.queue)]);
    this.#world.note(`meddle ${act} ${tenant}/${id}`);
    if (act === 'cancel') await mine.cancel([id]);
    else if (act === 'revive') await mine.revive(ledger.idsOf(tenant, 'dead'));
    else if (act === 'find') this.#look(tenant, id, await mine.find(id));
    else if (act === 'inspect') this.#look(tenant, id, await mine.inspect(id));
    else if (act === 'dead') for (const view of (await mine.dead()).jobs) this.#look(tenant, view.id, view);
    else if (act === 'queues') await mine.queues();
    else if (act === 'pause') await mine.pause(queue);
    else if (act === 'resume') await mine.resume(queue);
    else await this.#trespass(tenant);
  }

  #look(tenant: string, id: string, view: JobView | null): void {
    const { ledger, judge } = this.#world;
    const entry = ledger.find(tenant, id);
    if (view === null ? false : view.tenant !== tenant || view.id !== id || !entry)
      judge.blame('tenants never mix', { tenant, id, got: view && `${view.tenant}/${view.id}` });
    if (view?.payload && entry && Buffer.compare(view.payload, entry.given.payload) !== 0)
      judge.blame('tenants never mix', { tenant, id, why: 'another payload' });
  }

  /** A tenant's credential names the lease of another. */
  async #trespass(tenant: string): Promise<void> {
    const { ledger, judge, kit, coverage } = this.#world;
    const foreign = ledger.leases().find((lease) => lease.tenant !== tenant);
    if (!foreign) return;
    const broker = kit.system(this.name).ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec);
    const settlements = [{ ...foreign, outcome: 'ack' as const }];
    const code = await broker.ask('settle', { settlements }, { timeoutMs: 2_000 }).then(() => 'OK', codeOf);
    if (code === 'FOREIGN_TENANT') coverage.saw('foreign lease refused');
    else if (code === 'OK' || !UNCERTAIN.has(code)) judge.blame('tenants never mix', { trespasser: tenant, lease: foreign, code });
  }

  /** Puts back what died, once the faults are over. */
  async reviveAll(): Promise<void> {
    const { ledger, plan } = this.#world;
    for (const tenant of plan.tenants) {
      const dead = ledger.idsOf(tenant, 'dead');
      if (dead.length > 0) await this.#client?.tenant(tenant).revive(dead);
    }
  }

  /** Looks every accepted job up, as its owner would. */
  async checkAccepted(): Promise<void> {
    await Promise.all(this.#accepted.map((job) => this.#checkOne(job, LOOKS)));
  }

  /** A job may move on, or be pruned, while the answer about it travels; then it is looked up again. */
  async #checkOne({ tenant, id }: { tenant: string; id: string }, looks: number): Promise<void> {
    const { ledger, judge } = this.#world;
    const view = await this.#client!.tenant(tenant).find(id);
    const entry = ledger.find(tenant, id);
    if (!entry || (entry.state !== 'gone' && view?.state !== entry.state)) {
      if (looks > 1) return this.#checkOne({ tenant, id }, looks - 1);
      judge.blame('what was accepted is not lost', { tenant, id, found: view?.state, ledger: entry?.state });
    }
    if (view?.state === 'completed' && didOf(view) !== id)
      judge.blame('who acknowledges has done the work', { tenant, id, result: didOf(view) });
  }
}

/** A job for a certain time instead of one with a delay. */
function requestOf({ dated, request }: JobPlan, nowMs: number): JobRequest {
  const { delay, ...rest } = request;
  return dated && typeof delay === 'number' ? { ...rest, at: nowMs + delay } : request;
}

const RESUME_MS = 2_000;

/** Times a job is looked up before what was found has to be what the ledger says. */
const LOOKS = 5;

/** What the handler of a completed job returned. */
const didOf = ({ result }: JobView): unknown => result && (decodeData(result) as { did: string }).did;

function checksumOfPlan({ tenant, request }: JobPlan, id: string): number {
  return checksumOf({
    id,
    tenant,
    queue: request.queue,
    name: request.name,
    encoding: 'msgpack',
    payload: encodeData(request.data),
  });
}
