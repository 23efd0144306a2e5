import { type ActorSystem, type Clock, type Log, silentLog } from '@tiercel/actors';
import { createTestKit, forkRandom, type TestKit } from '@tiercel/actors/testing';
import { type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { DEFAULT_RETENTION, type JobStore, openMemoryStore } from '@tiercel/store';
import { audit, countAll } from './audit.js';
import { BrokerNode } from './broker-node.js';
import { ConsumerNode } from './consumer-node.js';
import { Coverage } from './coverage.js';
import { Dice } from './dice.js';
import { type EffectStore, fencedEffects, watchedEffects } from './effects.js';
import { noFaults, type Rates } from './faults.js';
import { Judge } from './judge.js';
import { Ledger } from './ledger.js';
import { NAMESPACE } from './names.js';
import { Pace } from './pace.js';
import type { Plan } from './plan.js';
import type { Plant } from './plant.js';
import { Producer } from './producer.js';
import { Runs } from './runs.js';
import { StoreClock } from './store-clock.js';
import { watchedStore } from './watched-store.js';
import { Wire } from './wire.js';
import { traceLog } from './world-log.js';

export interface WorldOptions {
  readonly plant?: Plant | undefined;
  /** Gets every line of the trace. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** One installation in virtual time: brokers over one storage, consumers, a producer, what befalls them and who judges. */
export class World {
  readonly plan: Plan;
  readonly kit: TestKit;
  readonly dice: Dice;
  readonly judge: Judge;
  readonly coverage = new Coverage();
  readonly ledger: Ledger;
  readonly runs: Runs;
  readonly pace: Pace;
  readonly wire: Wire;
  /** Of every process; silent unless somebody reads the trace. */
  readonly log: Log;
  readonly storeClock: StoreClock;
  readonly effects: EffectStore;
  readonly brokers: readonly BrokerNode[];
  readonly consumers: readonly ConsumerNode[];
  readonly producer: Producer;
  /** Owners whose process has ended. */
  readonly gone = new Set<string>();
  rates: Rates;
  faulty = true;
  /** Virtual time of the last thing that may have kept brokers from sweeping. */
  #troubleMs = 0;
  #healedMs = 0;
  #idleSinceMs = 0;
  readonly #store: JobStore;
  readonly #supervisor: ActorSystem;
  readonly #options: WorldOptions;
  readonly #plantedStore: (clock: Clock) => JobStore;

  constructor(plan: Plan, options: WorldOptions = {}) {
    this.plan = plan;
    this.#options = options;
    this.log = options.trace ? traceLog(this.noteOnly) : silentLog;
    this.kit = createTestKit({ seed: plan.seed, maxEvents: 200_000, log: this.log });
    this.dice = new Dice(forkRandom(this.kit.random));
    this.rates = plan.rates;
    this.storeClock = new StoreClock(this.kit.clock);
    this.judge = new Judge(this.now);
    this.pace = new Pace(this.judge, this.now);
    this.runs = new Runs({ judge: this.judge, now: this.now, leaptMs: () => this.storeClock.leaptMs });
    this.ledger = new Ledger({
      judge: this.judge,
      coverage: this.coverage,
      shards: plan.shards,
      storeNow: () => this.storeClock.now(),
      now: this.now,
      keepAtLeastMs: DEFAULT_RETENTION.keepAtLeastMs,
      isGone: (owner) => this.gone.has(owner),
      granted: (entry) => this.runs.granted(entry),
      acked: (entry) => this.runs.acked(entry),
    });
    this.#store = openMemoryStore({ clock: this.storeClock, shards: plan.shards, retention: { finishedMax: plan.finishedMax } });
    this.#plantedStore = options.plant?.store?.(this.#store, this.dice) ?? (() => this.#store);
    this.effects = watchedEffects(options.plant?.effects?.() ?? fencedEffects(), this.judge, this.coverage);
    const { trace } = options;
    this.wire = new Wire({
      dice: this.dice,
      rates: () => this.rates,
      now: this.now,
      coverage: this.coverage,
      note: trace && this.noteOnly,
    });
    this.kit.hub.onDeliver(this.wire.plan);
    this.#supervisor = this.kit.system('supervisor');
    this.brokers = Array.from({ length: plan.brokers }, (_, at) => new BrokerNode(this, `broker-${at}`));
    this.consumers = plan.consumers.map((consumer) => new ConsumerNode(this, consumer));
    this.producer = new Producer(this);
  }

  /** Where what befalls the world is timed. */
  get clock(): Clock {
    return this.kit.clock;
  }

  readonly now = (): number => this.kit.clock.monotonic();

  /** Adds a line to the trace. */
  readonly note = (line: string): void => {
    this.kit.trace(`${Math.round(this.now())} ${line}`);
    this.noteOnly(line);
  };

  /** For lines that the kit adds to the hash by itself. */
  readonly noteOnly = (line: string): void => {
    this.#options.trace?.(`${String(Math.round(this.now())).padStart(7)} ${line}`);
  };

  readonly trouble = (): void => {
    this.#troubleMs = this.now();
  };

  tellGone(owner: string, reason: string): void {
    this.#supervisor.ref<SysProtocol>(sysPath(NAMESPACE, 'brokers'), sysCodec).tell('gone', { owner, reason });
  }

  /** The storage as a broker with this clock sees it at its own door. */
  storeFor(clock: Clock): JobStore {
    const { ledger, judge, note } = this;
    return watchedStore({ store: this.#plantedStore(clock), ledger, judge, tenants: this.plan.tenants, note });
  }

  start(): void {
    for (const broker of this.brokers) broker.start();
    for (const consumer of this.consumers) consumer.start();
    this.producer.start();
    this.producer.begin();
  }

  /** From now on nothing goes wrong any more; what is dead comes back by itself. */
  heal(): void {
    this.note('heal');
    this.#healedMs = this.now();
    this.faulty = false;
    this.rates = noFaults();
    this.wire.mendAll();
    for (const node of [...this.brokers, ...this.consumers, this.producer]) node.resume();
    for (const broker of this.brokers) broker.storeDown = false;
    this.trouble();
  }

  /** Whether nothing is left to do. */
  get quiet(): boolean {
    return this.producer.done && this.ledger.unfinished === 0 && this.consumers.every(({ running }) => running === 0);
  }

  /** Lets time pass, in small steps, until `until` says so or something was violated. Returns whether `until` did. */
  async pass(ms: number, until: () => boolean = () => false): Promise<boolean> {
    const endMs = this.now() + ms;
    while (this.judge.content && this.now() < endMs) {
      if (until()) return true;
      await this.kit.advance(Math.min(STEP_MS, endMs - this.now()));
      this.#checkLeases();
      this.#checkIdle();
    }
    return this.judge.content && until();
  }

  /** A lease that ended is taken back by the next sweep: at most a jittered poll later, when brokers have swept for a while. */
  #checkLeases(): void {
    if (!this.brokers.every(({ sweeps }) => sweeps)) this.trouble();
    const stuck = this.ledger.stuck(this.now() - this.#troubleMs > AFTER_TROUBLE_MS ? SWEEP_MS : Number.POSITIVE_INFINITY);
    for (const { given, token, owner, delivered } of stuck)
      this.judge.blame('an ended lease comes back', { tenant: given.tenant, id: given.id, token, owner, delivered });
  }

  /** When all is well, who serves every queue of every tenant does not stand idle beside a ready job. */
  #checkIdle(): void {
    const [all] = this.consumers;
    const idle = !this.faulty && all?.alive && all.running === 0 && this.ledger.has('ready');
    if (!idle || this.now() - this.#healedMs < RECOVER_MS) this.#idleSinceMs = this.now();
    else if (this.now() - this.#idleSinceMs > IDLE_MS)
      this.judge.blame('a ready job is not left lying', { idleMs: this.now() - this.#idleSinceMs, idle: all.owner });
  }

  /** Why a job failed last, as the storage has it. */
  async reasonOf(tenant: string, id: string): Promise<string> {
    const [view] = await this.#store.find(tenant, [id], { payload: false });
    return view?.reason ?? '';
  }

  async auditAll(): Promise<void> {
    await audit(this.#store, this.ledger, this.judge, this.ledger.entries.values());
    await countAll(this.#store, this.ledger, this.judge, this.plan.tenants);
  }
}

const STEP_MS = 250;
/** A reserve whose answer was lost is given up after 15 s; dead processes are back before. */
const RECOVER_MS = 20_000;
/** A poll of 1 s + 20 %, a pause of the worker, the ways, and steps. */
const IDLE_MS = 3_000;
/** A poll of 1 s + 20 %, the ways to the storage and back twice, and the step. */
const SWEEP_MS = 2_000;
/** A sweeper that failed waits 5 s + 20 % at most; one that crashed 2 s. */
const AFTER_TROUBLE_MS = 9_000;
