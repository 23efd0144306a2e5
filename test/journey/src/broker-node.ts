import type { ActorSystem, AnyChildSpec, Context, LocalRef, Supervision } from '@tiercel/actors';
import { type Broker, createBroker } from '@tiercel/broker';
import { distantStore } from './distant-store.js';
import { NAMESPACE } from './names.js';
import type { World } from './world.js';

/** A broker's process. */
export class BrokerNode {
  readonly name: string;
  readonly #world: World;
  /** Its actors, found out while they are started. */
  actors: LocalRef<unknown>[] = [];
  alive = false;
  paused = false;
  storeDown = false;
  #lives = 0;
  #broker: Broker | undefined;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  start(): void {
    const { kit, log, dice, coverage, plan } = this.#world;
    const life = ++this.#lives;
    this.alive = true;
    this.paused = false;
    this.storeDown = false;
    this.actors = [];
    const clock = kit.clockOf(this.name);
    const system = overheard(kit.system(this.name), this.actors);
    const store = distantStore({
      store: this.#world.storeFor(clock),
      there: kit.clock,
      here: clock,
      dice,
      rates: () => this.#world.rates,
      wayMs: plan.storeWayMs,
      isDown: () => this.storeDown,
      coverage,
      called: (verb) => this.#world.pace.step(verb),
      failed: () => this.#world.trouble(),
    });
    void createBroker({ system, store, namespace: NAMESPACE, name: `${this.name}.${life}`, clock, log }).then((broker) => {
      if (this.#lives !== life) return;
      this.#broker = broker;
      void broker.ended.then(() => this.#lives === life && this.die());
    });
  }

  /** Sudden death; a supervisor starts it anew. */
  die(): void {
    if (!this.alive) return;
    const { kit, clock, dice, note } = this.#world;
    this.alive = false;
    this.#lives++;
    note(`dead ${this.name}`);
    kit.kill(this.name);
    this.#broker = undefined;
    clock.after(dice.whole(0, 4_000), () => {
      this.#world.trouble();
      this.start();
    });
  }

  stop(): void {
    const life = this.#lives;
    void this.#broker?.stop().then(() => this.#lives === life && this.die());
  }

  pause(): void {
    if (!this.alive) return;
    this.paused = true;
    this.#world.kit.pause(this.name);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#world.trouble();
    if (this.alive) this.#world.kit.resume(this.name);
  }

  get sweeps(): boolean {
    return this.alive && !this.paused && !this.storeDown;
  }
}

/** The system as the broker sees it; what it supervises is noted in `actors`. */
function overheard(system: ActorSystem, actors: LocalRef<unknown>[]): ActorSystem {
  const supervise =
    (ctx: Context<never>) => (plan: Supervision, children: readonly AnyChildSpec[] | Record<string, AnyChildSpec>) => {
      const refs = ctx.supervise(plan, children as Record<string, AnyChildSpec>);
      actors.push(...(Object.values(refs) as LocalRef<unknown>[]));
      return refs;
    };
  return {
    ...system,
    spawn(spec) {
      const actor = (ctx: Context<never>) => spec.actor({ ...ctx, supervise: supervise(ctx) } as never);
      const ref = system.spawn({ ...spec, actor } as typeof spec);
      actors.push(ref as LocalRef<unknown>);
      return ref;
    },
  };
}
