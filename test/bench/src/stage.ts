import { Child, type ChildOptions } from './child.js';
import { CONCURRENCY, type Contestant, type Program, type Scene } from './contestant.js';
import { Crew } from './crew.js';
import { type Delay, startDelay } from './delay.js';
import { type RoundServers, startServers } from './servers.js';
import type { Pids } from './usage.js';

const ROLE = new URL('./role.js', import.meta.url).pathname;

/** How a stage differs from the usual one, which has one tenant, one broker and a storage next door. */
export interface Setting {
  readonly tenants?: number;
  /** Of those that have one. */
  readonly brokers?: number;
  /** Added to each round trip to the server that keeps jobs. */
  readonly delayMs?: number;
}

export interface StageOptions extends Setting {
  /** Name or path, by which the role's processes load it. */
  readonly id: string;
  readonly contestant: Contestant;
  /** For the node of a role: producer, worker, broker. */
  readonly nodeFlags?: (role: string) => readonly string[];
}

/** A contestant set up for one measure: fresh servers, its broker if it has one, its producer and, once asked for, its workers. */
export class Stage {
  readonly #options: StageOptions;
  readonly servers: RoundServers;
  readonly #children: Child[] = [];
  #delay: Delay | undefined;

  private constructor(options: StageOptions, servers: RoundServers) {
    this.#options = options;
    this.servers = servers;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const { contestant, delayMs, brokers = 1 } = options;
    const stage = new Stage(options, await startServers(contestant.servers));
    try {
      if (delayMs !== undefined) stage.#delay = await startDelay(stage.servers.ports[stage.#storage], delayMs);
      const { serve } = contestant;
      for (let at = 1; serve !== undefined && at <= brokers; at++)
        await stage.#start('broker', at, typeof serve === 'function' ? undefined : serve.program(stage.#scene));
      await stage.#start('producer', 1);
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get producer(): Child {
    return this.#children.find(({ name }) => name === 'producer') as Child;
  }

  /** They take jobs from when this resolves, and possibly from a little before. */
  async startWorkers(count = 1): Promise<Crew> {
    const { work, alone } = this.#options.contestant;
    if (alone) {
      await this.producer.ask('work');
      return new Crew([this.producer]);
    }
    const program = typeof work === 'function' ? undefined : work.program(this.#scene, CONCURRENCY);
    const workers: Child[] = [];
    for (let at = 1; at <= count; at++) workers.push(await this.#start('worker', at, program));
    return new Crew(workers);
  }

  /** What jobs take of the server that keeps them. */
  jobBytes(): Promise<number> {
    const { storage } = this.servers;
    if (storage === undefined) throw new Error('no server keeps its jobs');
    return storage.jobBytes();
  }

  /** Of the servers and of every process started. */
  get pids(): Pids {
    const delay = this.#delay ? { delay: this.#delay.pid } : {};
    return { ...this.servers.pids, ...delay, ...Object.fromEntries(this.#children.map(({ name, pid }) => [name, pid])) };
  }

  /** The last started first. */
  async close(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) await child.close();
    await this.#delay?.close();
    await this.servers.close();
  }

  get #storage(): keyof Scene['ports'] {
    return this.#options.contestant.servers[0] ?? 'redis';
  }

  get #scene(): Scene {
    const ports = this.#delay ? { ...this.servers.ports, [this.#storage]: this.#delay.port } : this.servers.ports;
    return { ports, tenants: this.#options.tenants ?? 1 };
  }

  /** `at`: which of those that play the role, from 1. */
  async #start(role: string, at: number, program?: Program): Promise<Child> {
    const { contestant, nodeFlags: added } = this.#options;
    const name = at === 1 ? role : `${role} ${at}`;
    const nodeFlags = [...((role === 'broker' && contestant.nodeFlags) || []), ...(added?.(name) ?? [])];
    const child = await Child.start({ name, nodeFlags, ...(program ? this.#programOf(program) : this.#roleOf(role)) });
    this.#children.push(child);
    return child;
  }

  #roleOf(role: string): Pick<ChildOptions, 'file' | 'args' | 'closedBy'> {
    return { file: ROLE, args: [role, this.#options.id, JSON.stringify(this.#scene)], closedBy: 'command' };
  }

  #programOf({ file, env }: Program): Pick<ChildOptions, 'file' | 'env' | 'closedBy'> {
    return { file, env, closedBy: 'signal' };
  }
}
