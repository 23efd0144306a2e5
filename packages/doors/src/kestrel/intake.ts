import { type Clock, type Random, uuidV7 } from '@tiercel/actors';
import { Joiner } from '@tiercel/client';
import { AS_QUEUE, checksumOf, DEFAULTS, type Encoding, type EnqueueVerdict, LIMITS, type NewJob } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import { afterSockets } from './turn.js';

export interface IntakeParts {
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly random: Random;
}

/** What is to be stored, once for each queue that it goes to. */
export interface Copy {
  readonly queue: string;
  readonly ttlMs: number;
}

export interface Content {
  readonly name: string;
  readonly encoding: Encoding;
  readonly payload: Uint8Array;
}

type Group = readonly NewJob[];
type Verdicts = readonly EnqueueVerdict[];

/** What surrounds a payload on the wire, at most about this much. */
const ENVELOPE_BYTES = 512;
const MESSAGE_BYTES = LIMITS.batchBytes - 1_024;

/** Hands in what clients set. Sets of one turn, of whichever connections, are one batch; copies of one item are never in two. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #joiners = new Map<string, Joiner<Group, Verdicts>>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Verdicts in the order of the copies. Throws BUSY, or what the brokers refuse the batch with. */
  store(tenant: string, content: Content, copies: readonly Copy[]): Promise<Verdicts> {
    return this.#joinerOf(tenant).add(copies.map((copy) => this.#jobOf(tenant, content, copy)));
  }

  close(): void {
    for (const joiner of this.#joiners.values()) joiner.close();
  }

  #jobOf(tenant: string, { name, encoding, payload }: Content, { queue, ttlMs }: Copy): NewJob {
    const id = uuidV7(this.#parts.clock, this.#parts.random);
    return {
      id,
      generated: true,
      queue,
      name,
      payload,
      encoding,
      checksum: checksumOf({ id, tenant, queue, name, encoding, payload }),
      delayMs: 0,
      atMs: 0,
      priority: DEFAULTS.priority,
      // who performs jobs is held to the limits of jobs; an item that is none may be read and given back for ever
      attempts: encoding === 'raw' ? 0 : AS_QUEUE,
      leaseMs: AS_QUEUE,
      timeoutMs: DEFAULTS.timeoutMs,
      backoffMs: DEFAULTS.backoffMs,
      backoffMaxMs: DEFAULTS.backoffMaxMs,
      ttlMs,
    };
  }

  #joinerOf(tenant: string): Joiner<Group, Verdicts> {
    const joiner = this.#joiners.get(tenant);
    if (joiner) return joiner;
    const { clock, random } = this.#parts;
    const made = new Joiner<Group, Verdicts>({
      ...{ clock, random, soon: afterSockets, retryForMs: BOUNDS.answerMs, maxWaiting: BOUNDS.setsWaiting },
      maxItems: LIMITS.batchItems,
      maxBytes: MESSAGE_BYTES,
      sizeOf: (group) => sum(group, bytesOf),
      countOf: (group) => group.length,
      inFlight: BOUNDS.inFlight,
      send: (groups) => this.#send(tenant, groups),
    });
    this.#joiners.set(tenant, made);
    // what it has under way goes on; its sets are at most out of order with those of the next one
    if (this.#joiners.size > BOUNDS.tenants) this.#joiners.delete(this.#joiners.keys().next().value as string);
    return made;
  }

  async #send(tenant: string, groups: readonly Group[]): Promise<readonly Verdicts[]> {
    const verdicts: EnqueueVerdict[] = [];
    for (const jobs of messagesOf(groups.flat())) {
      const queue = jobs[0]?.queue ?? '';
      const options = jobs.every((job) => job.queue === queue) ? { topic: queue } : {};
      verdicts.push(...(await this.#parts.brokers.ask(tenant, 'enqueue', { jobs }, options)).verdicts);
    }
    let at = 0;
    return groups.map((group) => {
      at += group.length;
      return verdicts.slice(at - group.length, at);
    });
  }
}

const bytesOf = ({ payload }: NewJob): number => payload.length + ENVELOPE_BYTES;

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

/** Mostly one; only the copies of a large item of a fan-out are more than a message carries. */
function messagesOf(jobs: readonly NewJob[]): (readonly NewJob[])[] {
  if (sum(jobs, bytesOf) <= MESSAGE_BYTES) return [jobs];
  const messages: NewJob[][] = [];
  let room = 0;
  for (const job of jobs) {
    room -= bytesOf(job);
    if (room < 0) {
      messages.push([]);
      room = MESSAGE_BYTES - bytesOf(job);
    }
    messages.at(-1)?.push(job);
  }
  return messages;
}
