import { Child, type ChildOptions } from './child.js';
import { CONCURRENCY, type Contestant, type Program } from './contestant.js';
import { type RoundServers, startServers } from './servers.js';
import type { Pids } from './usage.js';

const ROLE = new URL('./role.js', import.meta.url).pathname;

export interface StageOptions {
  /** Name or path, by which the role's processes load it. */
  readonly id: string;
  readonly contestant: Contestant;
  /** For the node of a role: producer, worker, broker. */
  readonly nodeFlags?: (role: string) => readonly string[];
}

/** A contestant set up for one measure: fresh servers, its broker if it has one, its producer and, once asked for, its worker. */
export class Stage {
  readonly #options: StageOptions;
  readonly servers: RoundServers;
  readonly #children: Child[] = [];

  private constructor(options: StageOptions, servers: RoundServers) {
    this.#options = options;
    this.servers = servers;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options, await startServers(options.contestant.servers));
    try {
      const { serve } = options.contestant;
      if (serve !== undefined)
        await stage.#start('broker', typeof serve === 'function' ? undefined : serve.program(stage.servers.where));
      await stage.#start('producer');
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get producer(): Child {
    return this.#children.find(({ name }) => name === 'producer') as Child;
  }

  /** It takes jobs from when this resolves, and possibly from a little before. */
  startWorker(): Promise<Child> {
    const { work } = this.#options.contestant;
    return this.#start('worker', typeof work === 'function' ? undefined : work.program(this.servers.where, CONCURRENCY));
  }

  /** Of the servers and of every process started. */
  get pids(): Pids {
    return { ...this.servers.pids, ...Object.fromEntries(this.#children.map(({ name, pid }) => [name, pid])) };
  }

  /** The last started first. */
  async close(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) await child.close();
    await this.servers.close();
  }

  async #start(name: string, program?: Program): Promise<Child> {
    const { contestant, nodeFlags: added } = this.#options;
    const nodeFlags = [...((name === 'broker' && contestant.nodeFlags) || []), ...(added?.(name) ?? [])];
    const child = await Child.start({ name, nodeFlags, ...(program ? this.#programOf(program) : this.#roleOf(name)) });
    this.#children.push(child);
    return child;
  }

  #roleOf(name: string): Pick<ChildOptions, 'file' | 'args' | 'closedBy'> {
    return { file: ROLE, args: [name, this.#options.id, JSON.stringify(this.servers.where)], closedBy: 'command' };
  }

  #programOf({ file, env }: Program): Pick<ChildOptions, 'file' | 'env' | 'closedBy'> {
    return { file, env, closedBy: 'signal' };
  }
}
