import type { Sender } from './actor.js';
import type { Cell } from './cell.js';
import { createContext } from './context.js';
import { ActorError, forAsker, isRefusal } from './error.js';
import { isLater } from './later.js';
import { Mailbox } from './mailbox.js';
import type { Asker, Message } from './message.js';
import type { Undo } from './time.js';

type Handler = (body: unknown, sender: Sender) => unknown;
/** Children and groups of them. */
export interface Stoppable {
  stop(): Promise<void>;
}

type Stop = () => void | Promise<void>;

const DEFAULT_STOP_MS = 5_000;

/** One life of an actor, from the call of its function to its end or crash: its handlers, children, timers and undos. */
export class Life {
  readonly cell: Cell;
  /** Lifecycle messages: notices and timers of this life. */
  readonly lane = new Mailbox<Message>(Number.POSITIVE_INFINITY);
  readonly children = new Set<Stoppable>();
  /** Timers and watches. */
  readonly standing = new Set<Undo>();
  readonly #maxTurns: number;
  readonly #stopMs: number;
  /** Askers whose answer is still to come from a turn under way or a later. */
  readonly #owed = new Set<Asker>();
  readonly #undos: Stop[] = [];
  #handlers: Record<string, Handler> | undefined;
  #turns = 0;
  #ending: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;
  #over = false;

  constructor(cell: Cell) {
    this.cell = cell;
    this.#maxTurns = cell.spec.turns ?? 1;
    this.#stopMs = cell.spec.stopMs ?? DEFAULT_STOP_MS;
  }

  get ending(): boolean {
    return this.#ending !== undefined;
  }

  /** It has started, is not about to end and may take a turn. */
  get free(): boolean {
    return this.#handlers !== undefined && this.#ending === undefined && this.#turns < this.#maxTurns;
  }

  /** Calls the actor's function; what it throws is a crash. */
  async start(): Promise<void> {
    this.#turns++;
    try {
      this.#handlers = handlersOf(await this.cell.spec.actor(createContext(this)));
    } catch (error) {
      this.cell.over(this, { reason: 'crash', error });
    } finally {
      this.#turnOver();
    }
  }

  turn(message: Message): void {
    const handlers = this.#handlers as Record<string, Handler>;
    // own properties only: a kind comes from the wire and may say `constructor`
    const handler = Object.hasOwn(handlers, message.kind) ? handlers[message.kind] : undefined;
    try {
      if (!handler) this.cell.turnAway(message, 'NO_SUCH_KIND');
      else this.#answer(message, handler.call(handlers, message.body, message.sender));
    } catch (error) {
      this.#failed(message, error);
    }
  }

  /** Lets turns under way finish, then stops children in reverse order, then undoes, last in first out. Never throws. */
  end(): Promise<void> {
    this.#ending ??= this.#wind();
    return this.#ending;
  }

  /** Registers an undo for the end of this life; one that comes too late, from a start that took too long, runs at once. */
  onStop(undo: Stop): void {
    this.#undos.push(undo);
    if (this.#over) void this.#undoAll();
  }

  #answer(message: Message, result: unknown): void {
    if (isLater(result)) this.#answerLater(message.asker, result.promise);
    else if (isPromise(result)) this.#holdTurn(message, result);
    else message.asker?.resolve(result);
  }

  #holdTurn(message: Message, result: PromiseLike<unknown>): void {
    const { asker } = message;
    this.#turns++;
    if (asker) this.#owed.add(asker);
    const done = (settle: () => void) => {
      if (asker) this.#owed.delete(asker);
      settle();
      this.#turnOver();
    };
    result.then(
      (reply) => done(() => asker?.resolve(reply)),
      (error) => done(() => this.#failed(message, error)),
    );
  }

  #answerLater(asker: Asker | undefined, reply: Promise<unknown>): void {
    if (asker) this.#owed.add(asker);
    const done = (settle: () => void) => {
      if (asker) this.#owed.delete(asker);
      settle();
    };
    reply.then(
      (value) => done(() => asker?.resolve(value)),
      (error) => done(() => asker?.reject(forAsker(error))),
    );
  }

  #failed({ kind, asker }: Message, error: unknown): void {
    asker?.reject(forAsker(error));
    if (isRefusal(error)) {
      if (!asker) this.cell.log.debug({ kind, code: error.code }, 'told message refused');
    } else this.cell.over(this, { reason: 'crash', error });
  }

  #turnOver(): void {
    this.#turns--;
    if (this.#turns === 0) this.#onQuiet?.();
    this.cell.wake();
  }

  async #wind(): Promise<void> {
    for (const undo of this.standing) undo();
    this.standing.clear();
    if (this.#turns > 0) await this.#within(new Promise((resolve) => (this.#onQuiet = resolve)), 'turn under way');
    for (const child of [...this.children].reverse()) await child.stop();
    if (this.#undos.length > 0) await this.#within(this.#undoAll(), 'undos');
    this.#over = true;
    for (const asker of this.#owed) asker.reject(new ActorError('STOPPED'));
  }

  async #undoAll(): Promise<void> {
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (err) {
        this.cell.log.warn({ err }, 'undo failed');
      }
    }
  }

  /** Waits for `work`, but no longer than `stopMs`. */
  #within(work: Promise<void>, what: string): Promise<void> {
    return new Promise((resolve) => {
      const undo = this.cell.runtime.clock.after(this.#stopMs, () => {
        this.cell.log.warn({ what, stopMs: this.#stopMs }, 'stop took too long');
        resolve();
      });
      void work.then(() => {
        undo();
        resolve();
      });
    });
  }
}

function handlersOf(behavior: unknown): Record<string, Handler> {
  if (typeof behavior === 'object' && behavior !== null) return behavior as Record<string, Handler>;
  throw new TypeError(`expected a table of handlers, got ${behavior}`);
}

const isPromise = (result: unknown): result is PromiseLike<unknown> =>
  typeof result === 'object' && result !== null && typeof (result as { then?: unknown }).then === 'function';
