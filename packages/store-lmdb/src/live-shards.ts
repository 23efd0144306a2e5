import { type Retention, type StoreEvent, shardOf } from '@tiercel/store';
import { type Body, type JobRecord, MemoryShard } from '@tiercel/store/memory-shard';
import { Apart, type ApartJobs, isApart, PARTS, type Part } from './apart.js';
import { Changes } from './changes.js';
import type { Journal, Row } from './journal.js';
import { keyOf } from './key.js';
import { load, metaOf } from './load.js';
import { rowOf } from './record.js';
import { sealBytes, sealJson } from './seal.js';

export interface LiveShardsOptions {
  readonly shards: number;
  readonly retention: Retention;
  onEvent(event: StoreEvent): void;
}

/** Bytes that memory lets go of when they are on the disk. */
type Moving = readonly [job: JobRecord, part: Part, body: Body];

/**
 * The running state of a store: memory shards, which know and order everything, and what the journal does not have of it yet. All rules of
 * jobs are those of the memory driver; this class only tells what to write, and builds the same state again from what was written.
 */
export class LiveShards {
  readonly all: readonly MemoryShard[];
  readonly #journal: Journal;
  readonly #changes: Changes;
  /** Of each shard, as it was last written. */
  readonly #metas: string[];
  readonly #apart: ApartJobs = { payload: new Set(), result: new Set() };

  constructor(journal: Journal, { shards, retention, onEvent }: LiveShardsOptions) {
    const tell = ({ pair, given, reason }: JobRecord) =>
      onEvent({ kind: 'quarantined', tenant: pair.tenant, id: given.id, reason });
    this.#journal = journal;
    this.#changes = new Changes(tell);
    this.all = Array.from({ length: shards }, () => new MemoryShard(retention, this.#changes));
    const { unreadable, missing } = load(journal, this.all, this.#apart);
    for (const job of unreadable) tell(job);
    if (missing > 0)
      onEvent({ kind: 'unfit', reason: `${missing} jobs are not to be found: the file is damaged; put a copy in its place` });
    this.#metas = this.all.map((shard) => JSON.stringify(metaOf(shard)));
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
    const { rows, moving } = this.#rowsOfJobs();
    for (const { tenant, queue } of this.#changes.settingsOf) rows.push(this.#settingsRow(tenant, queue));
    for (const { tenant, queue, name } of this.#changes.countersOf) rows.push(this.#countersRow(tenant, queue, name));
    this.#changes.clear();
    return { rows, written: () => this.#letGo(moving) };
  }

  /** Rows of shards of which nothing but the time has moved: not worth a commit of their own while the store is open. */
  takeTimes(): readonly Row[] {
    return this.#metaRows(this.all.keys());
  }

  #rowsOfJobs(): { rows: Row[]; moving: Moving[] } {
    const rows: Row[] = [];
    const moving: Moving[] = [];
    const touched = new Set<number>();
    for (const job of this.#changes.jobs) {
      const index = shardOf(job.pair.tenant, this.all.length);
      touched.add(index);
      this.#addRows(rows, moving, this.all[index]!, job);
    }
    return { rows: [...rows, ...this.#metaRows(touched)], moving };
  }

  #addRows(rows: Row[], moving: Moving[], shard: MemoryShard, job: JobRecord): void {
    const names = [job.pair.tenant, job.given.id];
    const isStored = shard.find(job.pair.tenant, job.given.id) === job;
    rows.push({ key: keyOf('record', ...names), ...(isStored && { value: rowOf(job) }) });
    for (const part of PARTS) {
      const body = isStored ? job[part] : undefined;
      if (!isApart(body)) {
        if (this.#apart[part].delete(job)) rows.push({ key: keyOf(part, ...names) });
      } else if (body instanceof Uint8Array) {
        rows.push({ key: keyOf(part, ...names), value: sealBytes(body) });
        moving.push([job, part, body]);
        this.#apart[part].add(job);
      }
    }
  }

  #metaRows(indexes: Iterable<number>): Row[] {
    const rows: Row[] = [];
    for (const index of indexes) {
      const meta = metaOf(this.all[index]!);
      const text = JSON.stringify(meta);
      if (text === this.#metas[index]) continue;
      this.#metas[index] = text;
      rows.push({ key: keyOf('meta', String(index)), value: sealJson(meta) });
    }
    return rows;
  }

  #settingsRow(tenant: string, queue: string): Row {
    const settings = this.#home(tenant).settings.of(tenant, queue);
    const key = keyOf('settings', tenant, queue);
    return Object.keys(settings).length > 0 ? { key, value: sealJson(settings) } : { key };
  }

  #countersRow(tenant: string, queue: string, name: string): Row {
    return { key: keyOf('counters', tenant, queue, name), value: sealJson(this.#home(tenant).tally.get(tenant, queue, name)) };
  }

  #home(tenant: string): MemoryShard {
    return this.all[shardOf(tenant, this.all.length)]!;
  }

  #letGo(moving: readonly Moving[]): void {
    for (const [job, part, body] of moving)
      if (job[part] === body) job[part] = new Apart(this.#journal, part, job.pair.tenant, job.given.id, body.length);
  }
}
