import { type Body, type Clock, jittered, type Kind, type Random, type Ref, type Reply, sleep } from '@tiercel/actors';
import {
  ANY,
  asTiercelError,
  type BrokerProtocol,
  type ChangeVerdict,
  type Counted,
  codeOf,
  DEFAULTS,
  type Durability,
  type EnqueueVerdict,
  type ErrorCode,
  fail,
  isFinal,
  type JobState,
  type JobView,
  LIMITS,
  type NewJob,
  packBatch,
  type Quarantined,
  type QueueSettings,
  type QueueView,
  requireJobId,
  requireName,
  type SettingName,
  type SettingsView,
  TiercelError,
} from '@tiercel/protocol';
import { whole } from './bounded.js';
import { Joiner } from './joiner.js';
import { type ListOptions, listQuery, type Page, pageOf, queueOrAll } from './list-query.js';
import { type JobRequest, newJob } from './new-job.js';
import { Patience } from './patience.js';
import { type PurgeOptions, purgeQuery } from './purge-query.js';
import { settingsChange } from './settings-change.js';

/** What enqueue answers once the job is stored. */
export interface Enqueued {
  readonly id: string;
  readonly state: JobState;
  /** Whether a job of this id and these contents was there before. */
  readonly duplicate: boolean;
  readonly durability: Durability;
}

export interface ClientParts {
  readonly clock: Clock;
  readonly random: Random;
  /** How long one request waits for its answer before it is repeated; 5 s by default. */
  readonly askMs?: number;
  /** Batches under way at once; 4 by default. */
  readonly inFlight?: number;
  /** How long what may pass is repeated before it is thrown; a minute by default. Less than whoever calls waits, so that he is told what it was. */
  readonly retryForMs?: number;
}

const ASK_MS = 5_000;
const IN_FLIGHT = 4;
const MAX_WAITING = 50_000;
/** What surrounds a payload on the wire, at most about this much. */
const ENVELOPE_BYTES = 512;
const BATCH_ROOM = LIMITS.batchBytes - 1_024;
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 1_000;
/** Steps of one purge: a million jobs. */
const PURGE_STEPS = 1_000;

/** Everything one tenant may ask of the broker. Calls are joined into batches; every call is safe to repeat. */
export class TenantClient {
  readonly tenant: string;
  readonly #broker: Ref<BrokerProtocol>;
  readonly #parts: ClientParts;
  readonly #enqueues: Joiner<NewJob, { verdict: EnqueueVerdict; durability: Durability }>;
  readonly #finds: Joiner<string, JobView | null>;

  constructor(tenant: string, broker: Ref<BrokerProtocol>, parts: ClientParts) {
    this.tenant = tenant;
    this.#broker = broker;
    this.#parts = parts;
    const joining = {
      clock: parts.clock,
      random: parts.random,
      maxItems: LIMITS.batchItems,
      inFlight: parts.inFlight ?? IN_FLIGHT,
      maxWaiting: MAX_WAITING,
      retryForMs: parts.retryForMs ?? LIMITS.retryHorizonMs,
    };
    this.#enqueues = new Joiner({
      ...joining,
      maxBytes: BATCH_ROOM,
      sizeOf: (job) => job.payload.length + ENVELOPE_BYTES,
      send: (jobs) => this.#sendJobs(jobs),
    });
    this.#finds = new Joiner({
      ...joining,
      maxItems: LIMITS.listPage,
      maxBytes: BATCH_ROOM,
      sizeOf: () => ENVELOPE_BYTES,
      send: (ids) => this.#findJobs(ids),
    });
  }

  /**
   * Resolves when storage has the job. Throws BAD_NAME, BAD_DATA, BAD_OPTION or PAYLOAD_TOO_LARGE before anything is sent;
   * DUPLICATE_ID, STORAGE_FULL and the like from the broker; and after a minute of repeating NO_ANSWER or UNREACHABLE: then the job
   * may or may not be stored, and the same call with the same id finds out.
   */
  async enqueue(request: JobRequest): Promise<Enqueued> {
    const job = newJob(request, this.tenant, this.#parts.clock, this.#parts.random);
    const { verdict, durability } = await this.#store(job);
    if (verdict.code !== 'OK' && verdict.code !== 'DUPLICATE') throw refusal(verdict.code, job);
    return { id: job.id, state: verdict.state as JobState, duplicate: verdict.code === 'DUPLICATE', durability };
  }

  /** An error names the id, also one the client made up: with it the same call can be made again. */
  async #store(job: NewJob): Promise<{ verdict: EnqueueVerdict; durability: Durability }> {
    try {
      return await this.#enqueues.add(job);
    } catch (error) {
      const { code, facts } = asTiercelError(error);
      throw new TiercelError(code, { ...facts, id: job.id }, error);
    }
  }

  /** Many at once: one answer each, in order; a refused one does not hinder the others. */
  enqueueMany(requests: readonly JobRequest[]): Promise<PromiseSettledResult<Enqueued>[]> {
    return Promise.allSettled(requests.map((request) => this.enqueue(request)));
  }

  /** `null` when there is no such job (any more). */
  find(id: string): Promise<JobView | null> {
    return this.#finds.add(requireJobId(id));
  }

  /** The job with its payload. */
  async inspect(id: string): Promise<JobView | null> {
    const { jobs } = await this.#ask('find', { ids: [requireJobId(id)], payload: true });
    return jobs[0] ?? null;
  }

  /**
   * Waits until the job is final, `timeoutMs` at most whether or not the broker answers. Throws NOT_FOUND; NO_ANSWER when the time is
   * over; ABORTED by the signal, at once.
   */
  async wait(id: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<JobView> {
    const { clock, random } = this.#parts;
    const patience = new Patience(clock, { id, ...options });
    try {
      for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(lookMs * 1.5, LAST_LOOK_MS)) {
        const job = await patience.whileWaitingFor(this.find(id));
        if (job === null) return fail('NOT_FOUND', { id });
        if (isFinal(job.state)) return job;
        await patience.whileWaitingFor(sleep(clock, jittered(random, lookMs)));
      }
    } finally {
      patience.end();
    }
  }

  async cancel(ids: readonly string[]): Promise<readonly ChangeVerdict[]> {
    return (await this.#ask('cancel', { ids: ids.map(requireJobId) })).verdicts;
  }

  async revive(ids: readonly string[]): Promise<readonly ChangeVerdict[]> {
    return (await this.#ask('revive', { ids: ids.map(requireJobId) })).verdicts;
  }

  /** Forgets dead letters. */
  async forget(ids: readonly string[]): Promise<readonly ChangeVerdict[]> {
    return (await this.#ask('forget', { ids: ids.map(requireJobId) })).verdicts;
  }

  /** One page of the jobs of a state. A page may be shorter than its limit, even empty; the last one has the cursor ''. */
  async list(options: ListOptions): Promise<{ jobs: readonly JobView[]; cursor: string }> {
    const query = listQuery(options);
    return this.#ask('list', query, query.queue || ANY);
  }

  /** One page of dead letters, oldest first. */
  dead(options: Omit<ListOptions, 'state'> = {}): Promise<{ jobs: readonly JobView[]; cursor: string }> {
    return this.list({ ...options, state: 'dead' });
  }

  /** The jobs that will be handed out next, at most 100, with their payloads; they stay where they are. */
  async peek(queue: string, count = 1): Promise<readonly JobView[]> {
    const most = whole('count', count, 1, LIMITS.listPage);
    const jobs: JobView[] = [];
    let cursor = '';
    for (let pages = 0; pages < most; pages++) {
      const page = await this.list({
        state: 'ready',
        queue: requireName('queue', queue),
        payload: true,
        cursor,
        limit: most - jobs.length,
      });
      jobs.push(...page.jobs);
      cursor = page.cursor;
      if (cursor === '' || jobs.length >= most) break;
    }
    return jobs;
  }

  async queues(): Promise<readonly QueueView[]> {
    return (await this.#ask('queues', {})).queues;
  }

  /**
   * Forgets jobs of a queue that are not leased, step by step, at most a million; `more` when there are more. Jobs that come meanwhile
   * may be among them. When it throws, part of it may be done: the same call goes on.
   */
  async purge(options: PurgeOptions): Promise<{ removed: number; more: boolean }> {
    const query = purgeQuery(options);
    let removed = 0;
    for (let step = 0; step < PURGE_STEPS; step++) {
      const done = await this.#ask('purge', query, query.queue || ANY);
      removed += done.removed;
      if (!done.more) return { removed, more: false };
    }
    return { removed, more: true };
  }

  /** Hands out nothing more of a queue, or of any when none is named; what runs goes on. */
  async pause(queue = ''): Promise<void> {
    await this.set(queue, { paused: true });
  }

  /** Takes back `pause` of the same queue, or of the tenant. A queue is handed out when neither is paused. */
  async resume(queue = ''): Promise<void> {
    await this.set(queue, {}, ['paused']);
  }

  /** Changes settings of a queue, or with '' of all queues that do not say otherwise. What is neither set nor cleared stays. */
  async set(queue: string, settings: QueueSettings, clear: readonly SettingName[] = []): Promise<void> {
    const change = settingsChange(queueOrAll(queue), settings, clear);
    await this.#ask('control', { queue, ...change }, queue || ANY);
  }

  /** What is set, by queue; that of the tenant first, under ''. */
  async settings(): Promise<readonly SettingsView[]> {
    return (await this.#ask('settings', {})).settings;
  }

  /** What happened to the jobs, by queue and job name, since the installation was made. */
  async counters(): Promise<readonly Counted[]> {
    return (await this.#ask('counters', {})).counters;
  }

  /** One page of the records that cannot be trusted. */
  async quarantined(page: Page = {}): Promise<{ records: readonly Quarantined[]; cursor: string }> {
    return this.#ask('quarantined', pageOf(page));
  }

  close(): void {
    this.#enqueues.close();
    this.#finds.close();
  }

  async #sendJobs(jobs: readonly NewJob[]) {
    const { verdicts, durability } = await this.#ask('enqueue', { jobs: [], packed: packBatch(jobs) }, topicOf(jobs));
    return verdicts.map((verdict) => ({ verdict, durability }));
  }

  /** Asks in halves for what one reply does not carry. The halves one after the other: they count as one batch under way. */
  async #findJobs(ids: readonly string[]): Promise<readonly (JobView | null)[]> {
    try {
      return (await this.#ask('find', { ids, payload: false })).jobs;
    } catch (error) {
      if (ids.length < 2 || codeOf(error) !== 'BATCH_TOO_LARGE') throw error;
      const half = Math.ceil(ids.length / 2);
      const first = await this.#findJobs(ids.slice(0, half));
      return [...first, ...(await this.#findJobs(ids.slice(half)))];
    }
  }

  /** One request. What it fails with is one of our errors, wherever it was thrown. */
  async #ask<K extends Kind<BrokerProtocol>>(
    kind: K,
    body: Body<BrokerProtocol, K>,
    topic: string = ANY,
  ): Promise<Reply<BrokerProtocol, K>> {
    try {
      return await this.#broker.ask(kind, body, { timeoutMs: this.#parts.askMs ?? ASK_MS, topic });
    } catch (error) {
      throw asTiercelError(error);
    }
  }
}

/** The queue all jobs share, so that the subject names it; `_any` when they differ. */
function topicOf(jobs: readonly NewJob[]): string {
  const queue = jobs[0]?.queue ?? ANY;
  return jobs.every((job) => job.queue === queue) ? queue : ANY;
}

function refusal(code: ErrorCode, job: NewJob): TiercelError {
  const facts = { id: job.id, queue: job.queue };
  return new TiercelError(code, code === 'NOT_SUPPORTED' ? { ...facts, capability: wantedBy(job) } : facts);
}

/** What a storage may be unable to do for a job; a broker answers with the code alone. */
const wantedBy = ({ priority }: NewJob): string => (priority === DEFAULTS.priority ? 'delay' : 'priorities');
