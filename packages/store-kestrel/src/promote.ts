import type { PairName, Swept } from '@tiercel/store';
import type { OpenRead } from './open-read.js';
import type { Parts } from './parts.js';
import type { Server } from './server.js';
import type { StoredJob } from './stored-job.js';
import { pairOf, type Taken } from './taken.js';
import { isAway } from './unavailable.js';
import { leavesAtMs, WAIT_STEPS, waitStep } from './wait-step.js';

/** Jobs that waited for their time and are due go to the tail of their queues; others on their way there go a step on. Throws STORAGE_UNAVAILABLE when no server answers. */
export async function promote(parts: Parts, limit: number): Promise<Swept> {
  await parts.servers.answer();
  const promoting = new Promoting(parts, limit);
  await Promise.all(parts.kept.due(promoting.nowMs, limit).map((taken) => promoting.toReady(taken)));
  await parts.servers.look();
  for (const server of parts.servers.all) await promoting.pass(server);
  return promoting.swept();
}

class Promoting {
  readonly nowMs: number;
  readonly #parts: Parts;
  readonly #limit: number;
  readonly #ready = new Map<string, PairName>();
  #moved = 0;
  #nextAtMs = Number.POSITIVE_INFINITY;

  constructor(parts: Parts, limit: number) {
    this.#parts = parts;
    this.#limit = limit;
    this.nowMs = parts.tokens.now();
  }

  swept(): Swept {
    const nextAtMs = Math.min(this.#nextAtMs, this.#parts.kept.nextDueMs());
    const inMs = this.#moved >= this.#limit ? 0 : Math.max(0, nextAtMs - this.nowMs);
    return {
      moved: this.#moved,
      ready: [...this.#ready.values()],
      nextInMs: Number.isFinite(inMs) ? inMs : undefined,
      nowMs: this.nowMs,
    };
  }

  /** What waits at a server that is away waits until it is back. */
  async pass(server: Server): Promise<void> {
    try {
      for (let step = 0; step < WAIT_STEPS; step++) await this.#passStep(server, step);
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }

  async toReady({ read, job }: Taken): Promise<void> {
    this.#moved++;
    this.#ready.set(pairOf(job), [job.tenant, job.queue]);
    await this.#parts.kept.put({ read, job: { ...job, dueAtMs: 0 }, isChanged: true }, 'ready');
  }

  async #passStep(server: Server, step: number): Promise<void> {
    const { form, pool } = this.#parts;
    const name = form.laterOf(step);
    if (server.counts.of(name) === 0) return;
    const first = await server.peek(name);
    if (first === undefined) return server.counts.foundEmpty(name);
    if (this.#stays(form.readLater(first), step)) return;
    while (this.#moved < this.#limit) {
      const read = await pool.read(server, name);
      if (read === undefined || !(await this.#goesOn(read, step))) return;
    }
  }

  /** Whether it was time; else it is the first again. */
  async #goesOn(read: OpenRead, step: number): Promise<boolean> {
    const { form, kept, returns } = this.#parts;
    const job = form.readLater(read.item);
    if (job === undefined) return this.#isSetAside(read);
    const taken = { read, job, isChanged: true };
    if (this.#stays(job, step)) {
      await returns.abort(taken);
      return false;
    }
    if (job.dueAtMs <= this.nowMs) await this.toReady(taken);
    else {
      this.#moved++;
      this.#nextAtMs = Math.min(this.#nextAtMs, leavesAtMs(job.dueAtMs, waitStep(job.dueAtMs - this.nowMs)));
      await kept.hold(taken, this.nowMs);
    }
    return true;
  }

  /** Whether it is too early for it to go on; then it is known when that will be. */
  #stays(job: StoredJob | undefined, step: number): boolean {
    if (job === undefined) return false;
    const atMs = leavesAtMs(job.dueAtMs, step);
    if (atMs <= this.nowMs) return false;
    this.#nextAtMs = Math.min(this.#nextAtMs, atMs);
    return true;
  }

  async #isSetAside(read: OpenRead): Promise<boolean> {
    const { returns, onEvent } = this.#parts;
    const isAside = await returns.setAside(read);
    onEvent({ kind: 'quarantined', tenant: '', id: '', reason: `CORRUPT: an item of ${read.name} is no job` });
    this.#moved++;
    return isAside;
  }
}
