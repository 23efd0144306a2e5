import { type Retention, shardOf } from '@tiercel/store';
import { type Body, type JobRecord, MemoryShard, restore, type ShardMeta, type Witness } from '@tiercel/store/memory-shard';
import type { Journal, Row } from './journal.js';
import { keyOf, namesIn } from './key.js';
import { isApart, recordOf, rowOf } from './record.js';
import { sealJson, unsealJson } from './seal.js';

type Part = 'payload' | 'result';
const PARTS: readonly Part[] = ['payload', 'result'];
/** What a row takes beside payload and result, about. */
const ROW_BYTES = 300;

/** What changed since it was last written down. */
class Changes implements Witness {
  readonly jobs = new Set<JobRecord>();
  /** That will be written, about. */
  bytes = 0;

  job(job: JobRecord): void {
    if (this.jobs.has(job)) return;
    this.jobs.add(job);
    this.bytes += ROW_BYTES + bytesInMemory(job.payload) + bytesInMemory(job.result);
  }

  settings(): void {}

  counters(): void {}

  clear(): void {
    this.jobs.clear();
    this.bytes = 0;
  }
}

export interface LiveShardsOptions {
  readonly shards: number;
  readonly retention: Retention;
}

/**
 * The running state of a store: memory shards, which know and order everything, and what the journal does not have of it yet. All rules of
 * jobs are those of the memory driver; this class only tells what to write, and builds the same state again from what was written.
 */
export class LiveShards {
  readonly all: readonly MemoryShard[];
  readonly #journal: Journal;
  readonly #changes = new Changes();
  /** Of each shard, as it was last written. */
  readonly #metas: string[];
  /** Jobs of which a part stands in a row of its own. */
  readonly #apart: Readonly<Record<Part, Set<JobRecord>>> = { payload: new Set(), result: new Set() };

  constructor(journal: Journal, { shards, retention }: LiveShardsOptions) {
    this.#journal = journal;
    this.all = Array.from({ length: shards }, () => new MemoryShard(retention, this.#changes));
    this.#load();
    this.#metas = this.all.map(({ meta }) => JSON.stringify(meta));
  }

  get jobs(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes that the next commit will write, about; 0 when nothing has changed. */
  get changedBytes(): number {
    return this.#changes.bytes;
  }

  /** Rows of all that has changed, which then counts as written; call `written` when it is. */
  take(): { readonly rows: readonly Row[]; written(): void } {
    const rows: Row[] = [];
    const moved: [JobRecord, Part, Body][] = [];
    const touched = new Set<number>();
    for (const job of this.#changes.jobs) {
      const index = shardOf(job.pair.tenant, this.all.length);
      touched.add(index);
      this.#addRows(rows, moved, this.all[index]!, job);
    }
    for (const index of touched) this.#addMeta(rows, index);
    this.#changes.clear();
    return { rows, written: () => this.#letGo(moved) };
  }

  /** Rows of shards of which nothing but the time has moved: not worth a commit of their own while the store is open. */
  takeTimes(): readonly Row[] {
    const rows: Row[] = [];
    for (const index of this.all.keys()) this.#addMeta(rows, index);
    return rows;
  }

  #addRows(rows: Row[], moved: [JobRecord, Part, Body][], shard: MemoryShard, job: JobRecord): void {
    const names = [job.pair.tenant, job.given.id];
    const isStored = shard.find(job.pair.tenant, job.given.id) === job;
    rows.push({ key: keyOf('record', ...names), ...(isStored && { value: rowOf(job) }) });
    for (const part of PARTS) {
      const body = isStored ? job[part] : undefined;
      const apart = this.#apart[part];
      if (!isApart(body)) {
        if (apart.delete(job)) rows.push({ key: keyOf(part, ...names) });
      } else if (body instanceof Uint8Array) {
        rows.push({ key: keyOf(part, ...names), value: body });
        moved.push([job, part, body]);
        apart.add(job);
      }
    }
  }

  #addMeta(rows: Row[], index: number): void {
    const { meta } = this.all[index]!;
    const text = JSON.stringify(meta);
    if (text === this.#metas[index]) return;
    this.#metas[index] = text;
    rows.push({ key: keyOf('meta', String(index)), value: sealJson(meta) });
  }

  /** What is on the disk in a row of its own need not be in memory. */
  #letGo(moved: readonly [JobRecord, Part, Body][]): void {
    for (const [job, part, body] of moved)
      if (job[part] === body) job[part] = new Apart(this.#journal, part, job.pair.tenant, job.given.id, body.length);
  }

  #load(): void {
    const found = this.all.map((): JobRecord[] => []);
    for (const { key, value } of this.#journal.rows('record')) {
      const [tenant, id] = namesIn(key, 2) as [string, string];
      const index = shardOf(tenant, this.all.length);
      const shard = this.all[index]!;
      const job = recordOf(value, {
        id,
        openPair: (queue) => shard.openPair(tenant, queue),
        apart: (part, length) => new Apart(this.#journal, part, tenant, id, length),
      });
      if (!job) continue;
      found[index]!.push(job);
      for (const part of PARTS) if (isApart(job[part])) this.#apart[part].add(job);
    }
    for (const [index, jobs] of found.entries()) this.#restore(index, jobs);
  }

  #restore(index: number, jobs: readonly JobRecord[]): void {
    const shard = this.all[index]!;
    const row = this.#journal.read('meta', String(index));
    const meta = row && (unsealJson(row) as ShardMeta | undefined);
    shard.meta = meta ?? metaOf(jobs);
    restore(shard, jobs);
  }
}

/** What can be known without the row. */
function metaOf(jobs: readonly JobRecord[]): ShardMeta {
  const meta = { nowMs: 0, tokenMs: 0, tokenSequence: 0, firstOrder: 0, lastOrder: 0 };
  for (const { createdAtMs, order } of jobs) {
    meta.nowMs = Math.max(meta.nowMs, createdAtMs);
    meta.firstOrder = Math.min(meta.firstOrder, order);
    meta.lastOrder = Math.max(meta.lastOrder, order);
  }
  return { ...meta, tokenMs: meta.nowMs };
}

/** Bytes that are read from the disk whenever somebody wants them. */
class Apart implements Body {
  readonly #journal: Journal;
  readonly #part: Part;
  readonly #tenant: string;
  readonly #id: string;
  readonly length: number;

  constructor(journal: Journal, part: Part, tenant: string, id: string, length: number) {
    this.#journal = journal;
    this.#part = part;
    this.#tenant = tenant;
    this.#id = id;
    this.length = length;
  }

  /** Without its row it is empty, so that its checksum tells whoever wants to perform it. */
  slice(): Uint8Array {
    const { buffer, byteOffset, length } = this.#journal.read(this.#part, this.#tenant, this.#id) ?? Buffer.alloc(0);
    return new Uint8Array(buffer, byteOffset, length);
  }
}

const bytesInMemory = (body: Body | undefined): number => (body instanceof Uint8Array ? body.length : 0);
