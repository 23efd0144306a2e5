import { BOUNDS } from './bounds.js';
import type { Line } from './line.js';
import { type QueueName, readQueueName, spelledOf } from './queue-name.js';
import { QueueTally } from './tally.js';

/** A queue that somebody named at this door. */
export class KnownQueue implements QueueName {
  readonly queue: string;
  readonly bare: string;
  readonly parent: string | undefined;
  /** As the client that named it last called it: statistics name it so. */
  spelled: string;
  readonly line: Line;
  tally = new QueueTally();
  /** Whether it is there: a GET or SET makes it, DELETE unmakes it. */
  made = false;

  constructor({ queue, bare, parent }: QueueName, line: Line) {
    this.queue = queue;
    this.bare = bare;
    this.parent = parent;
    this.spelled = bare;
    this.line = line;
  }
}

/** Queues by the names that clients give them, which are theirs to make up: those unused for longest are forgotten. */
export class KnownQueues {
  readonly #namespace: string;
  readonly #openLine: (queue: string) => Line;
  readonly #spellings = new Map<string, KnownQueue>();
  readonly #queues = new Map<string, KnownQueue>();

  constructor(namespace: string, openLine: (queue: string) => Line) {
    this.#namespace = namespace;
    this.#openLine = openLine;
  }

  /** `undefined`: it cannot be the name of a queue here. */
  of(spelled: string): KnownQueue | undefined {
    const known = this.#spellings.get(spelled);
    if (known === undefined) return this.#read(spelled);
    known.spelled = spelled;
    return known;
  }

  /** By the name that it has here. */
  get(queue: string): KnownQueue | undefined {
    return this.#queues.get(queue);
  }

  /** The same, made known when it was not. */
  named(queue: string): KnownQueue | undefined {
    return this.#queues.get(queue) ?? this.of(spelledOf(queue, this.#namespace));
  }

  /** What a client calls it. */
  spellingOf(queue: string): string {
    return this.#queues.get(queue)?.spelled ?? spelledOf(queue, this.#namespace);
  }

  all(): Iterable<KnownQueue> {
    return this.#queues.values();
  }

  #read(spelled: string): KnownQueue | undefined {
    const name = readQueueName(spelled, this.#namespace);
    if (name === undefined) return undefined;
    const known = this.#queues.get(name.queue) ?? new KnownQueue(name, this.#openLine(name.queue));
    known.spelled = spelled;
    this.#queues.set(name.queue, known);
    this.#spellings.set(spelled, known);
    if (this.#queues.size > BOUNDS.queues || this.#spellings.size > BOUNDS.spellings) this.#makeRoom();
    return known;
  }

  /** A tenth at a time, the oldest names first; over those where somebody waits. */
  #makeRoom(): void {
    let going = BOUNDS.queues / 10;
    for (const [queue, known] of this.#queues) {
      if (going <= 0) break;
      if (!known.line.isIdle) continue;
      this.#queues.delete(queue);
      going--;
    }
    for (const [spelled, known] of this.#spellings) if (this.#queues.get(known.queue) !== known) this.#spellings.delete(spelled);
    let surplus = this.#spellings.size - BOUNDS.spellings;
    for (const spelled of this.#spellings.keys()) {
      if (surplus-- <= 0) break;
      this.#spellings.delete(spelled);
    }
  }
}
