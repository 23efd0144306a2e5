import type { ActorSystem, Clock } from '@tiercel/actors';
import { forkRandom } from '@tiercel/actors/testing';
import { type BrokerProtocol, brokerCodec, brokerPath, POOL } from '@tiercel/protocol';
import { createWorker, localKeeper, type Worker } from '@tiercel/worker';
import { handlersOf } from './handlers.js';
import { NAMESPACE } from './names.js';
import type { ConsumerPlan } from './plan.js';
import type { World } from './world.js';

/** A consumer's process: it lives, dies and is started anew, each time as another owner. */
export class ConsumerNode {
  readonly plan: ConsumerPlan;
  readonly #world: World;
  #lives = 0;
  #alive = false;
  #paused = false;
  #resumedMs = Number.NEGATIVE_INFINITY;
  #worker: Worker | undefined;

  constructor(world: World, plan: ConsumerPlan) {
    this.#world = world;
    this.plan = plan;
  }

  get owner(): string {
    return `${this.plan.name}.${this.#lives}`;
  }

  get clock(): Clock {
    return this.#world.kit.clockOf(this.plan.name);
  }

  get running(): number {
    return this.#worker?.running ?? 0;
  }

  get alive(): boolean {
    return this.#alive;
  }

  start(): void {
    const { kit } = this.#world;
    const { name, queues, concurrency, graceMs, onStuck } = this.plan;
    this.#lives++;
    this.#alive = true;
    this.#paused = false;
    const life = this.#lives;
    const clock = this.clock;
    const log = this.#world.log;
    const common = { clock, random: forkRandom(kit.random), log };
    const keeper = localKeeper({ ...common, broker: this.#broker(kit.system(name)) });
    const exit = () => this.#lives === life && this.#exit();
    const broker = this.#broker(kit.system(name));
    this.#worker = createWorker({
      ...common,
      broker,
      queues,
      owner: this.owner,
      keeper,
      handlers: handlersOf(this.#world, this),
      concurrency,
      graceMs,
      onStuck,
      exit,
    });
    void this.#worker.start();
  }

  #broker(system: ActorSystem) {
    return system.ref<BrokerProtocol>(brokerPath(NAMESPACE, this.plan.tenant ?? POOL), brokerCodec);
  }

  /** Sudden death, seen by a supervisor or not. */
  die(reason: string): void {
    if (!this.#alive) return;
    this.#end();
    const { dice, clock } = this.#world;
    const { owner } = this;
    if (dice.chance(0.5)) clock.after(dice.whole(100, 1_000), () => this.#world.tellGone(owner, reason));
  }

  #exit(): void {
    if (this.#alive) this.#end();
  }

  #end(): void {
    const { kit, dice, clock } = this.#world;
    this.#alive = false;
    this.#world.gone.add(this.owner);
    this.#world.note(`dead ${this.owner}`);
    kit.kill(this.plan.name);
    clock.after(dice.whole(0, 3_000), () => this.start());
  }

  /** A rolling restart: let jobs finish for a while, hand the rest back, end. */
  drain(deadlineMs: number): void {
    const life = this.#lives;
    void this.#worker?.drain(deadlineMs).then(() => {
      if (this.#lives === life && this.#alive) this.#end();
    });
  }

  pause(): void {
    if (!this.#alive) return;
    this.#paused = true;
    this.#world.kit.pause(this.plan.name);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#resumedMs = this.#world.now();
    if (this.#alive) this.#world.kit.resume(this.plan.name);
  }

  /** Whether the keeper of this life has the chance to tell a handler that its lease is over. */
  couldBeTold(owner: string): boolean {
    return this.#alive && owner === this.owner && !this.#paused && this.#world.now() - this.#resumedMs > RESUME_BURST_MS;
  }
}

/** All that was held comes at once; a little later it has been dealt with. */
const RESUME_BURST_MS = 5;
