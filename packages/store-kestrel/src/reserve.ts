import type { LeasedJob } from '@tiercel/protocol';
import type { Reserved, ReserveRequest, Want } from '@tiercel/store';
import type { Lease } from './lease.js';
import type { Parts } from './parts.js';
import { readNext, readyOf } from './read-next.js';
import type { Taken } from './taken.js';

/** Reads are made one after the other: two at once might come in either order. */
export async function reserve(parts: Parts, request: ReserveRequest): Promise<Reserved> {
  const reserving = new Reserving(parts, request);
  await reserving.serveAll();
  await parts.servers.look();
  const jobs = reserving.leases.filter(({ read }) => !read.isLost).map(leasedJobOf);
  return { jobs, left: request.wants.map((want) => readyOf(parts, want)) };
}

class Reserving {
  readonly leases: Lease[] = [];
  readonly #parts: Parts;
  readonly #request: ReserveRequest;
  #bytes = 0;
  #isOver = false;

  constructor(parts: Parts, request: ReserveRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  get isOver(): boolean {
    return this.#isOver || this.leases.length >= this.#request.max;
  }

  /** A queue that cannot be read is no reason not to read the next. Throws when there was no other. */
  async serveAll(): Promise<void> {
    let [served, fault] = [0, undefined as unknown];
    for (const want of this.#request.wants) {
      if (this.isOver) return;
      await this.serve(want).then(
        () => served++,
        (error: unknown) => {
          fault = error;
        },
      );
    }
    if (served === 0 && fault !== undefined && this.leases.length === 0) throw fault;
  }

  async serve(want: Want): Promise<void> {
    for (let granted = 0; granted < want.max && !this.isOver; granted++) {
      const taken = await readNext(this.#parts, want);
      if (taken === undefined) return;
      if (taken.job.tenant !== want.tenant) return this.#parts.kept.hand(taken);
      if (!this.#mayHave(taken)) return this.#putBack(taken);
      this.#grant(taken);
    }
  }

  /** A suspect comes alone, and bytes that ran out end it all. */
  #mayHave({ job }: Taken): boolean {
    if (this.leases.length === 0) return true;
    if (job.lostLeases > 0) return false;
    this.#isOver = this.#bytes + job.payload.length > this.#request.maxBytes;
    return !this.#isOver;
  }

  async #putBack(taken: Taken): Promise<void> {
    const { kept, returns } = this.#parts;
    if (taken.isChanged) kept.hand(taken);
    else await returns.abort(taken);
  }

  #grant({ read, job, isChanged }: Taken): void {
    const { tokens, leases } = this.#parts;
    const { nonce, owner, deliveryLeaseMs } = this.#request;
    const lease: Lease = {
      ...{ read, isChanged, owner, token: tokens.next(nonce), isDelivered: false },
      job: { ...job, attempt: job.attempt + 1, dueAtMs: 0 },
      endsAtMs: tokens.now() + deliveryLeaseMs,
    };
    leases.add(lease);
    this.leases.push(lease);
    this.#bytes += job.payload.length;
    this.#isOver = job.lostLeases > 0;
  }
}

function leasedJobOf({ job, token }: Lease): LeasedJob {
  const { tenant, id, queue, name, encoding, checksum, originQueue, attempt, spent, attempts, lostLeases } = job;
  const { leaseMs, timeoutMs, backoffMs, backoffMaxMs, createdAtMs } = job;
  return {
    ...{ tenant, id, token, queue, name, payload: new Uint8Array(job.payload), encoding, checksum, originQueue },
    ...{ attempt, spent, attempts, lostLeases, leaseMs, timeoutMs, backoffMs, backoffMaxMs, createdAtMs },
  };
}
