import type { AnyChildSpec, AskOptions, Exit, LocalRef, Sender } from './actor.js';
import { Ask } from './ask.js';
import { ActorError } from './error.js';
import { Life } from './life.js';
import type { Log } from './log.js';
import { Mailbox } from './mailbox.js';
import { Message } from './message.js';
import type { Runtime } from './runtime.js';
import { soon } from './soon.js';
import type { Undo } from './time.js';

/** Decides what follows when a life of `cell` is over: another one, or {@link Cell.finish}. */
export interface Keeper {
  lifeOver(cell: Cell, exit: Exit): void;
  /** `cell` is gone for good. */
  left(cell: Cell): void;
}

const DEFAULT_MAILBOX = 1_000;
/** Turns in a row before other actors are let in. */
const TURNS_PER_RUN = 64;

/** The place of an actor: its path, its mailbox and one {@link Life} after another. A ref is the cell seen from outside. */
export class Cell {
  readonly path: string;
  readonly spec: AnyChildSpec;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly ended: Promise<Exit>;
  readonly #keeper: Keeper;
  readonly #mailbox: Mailbox<Message>;
  /** The sender of messages from within. */
  readonly within: Sender;
  readonly #watchers = new Set<(exit: Exit) => void>();
  #life: Life | undefined;
  #lives = 0;
  #scheduled = false;
  #exit: Exit | undefined;
  #stopped: Promise<void> | undefined;

  constructor(runtime: Runtime, parentPath: string, spec: AnyChildSpec, keeper: Keeper) {
    this.runtime = runtime;
    this.spec = spec;
    this.path = `${parentPath}/${spec.name}`;
    this.log = runtime.log.child({ component: this.path });
    this.#keeper = keeper;
    this.#mailbox = new Mailbox(spec.mailbox ?? DEFAULT_MAILBOX);
    this.within = Object.freeze({ subject: this.path, bytes: 0 });
    this.ended = new Promise((resolve) => this.#watchers.add(resolve));
  }

  tell(kind: string, body: unknown): boolean {
    return this.post(new Message(kind, body, this.within));
  }

  ask(kind: string, body: unknown, options: AskOptions): Promise<unknown> {
    const ask: Ask<unknown> = new Ask((answered) => {
      message.dropped = !answered;
    });
    const message = new Message(kind, body, this.within, ask);
    if (options.signal?.aborted || this.post(message)) ask.arm(this.runtime.clock, options);
    return ask.promise;
  }

  /** Takes a message, or refuses it at once with MAILBOX_FULL or STOPPED. */
  post(message: Message): boolean {
    if (this.#exit || this.#stopped) return this.#refuse(message, 'STOPPED');
    if (this.runtime.freeze) freeze(message.body);
    if (!this.#mailbox.push(message)) return this.#refuse(message, 'MAILBOX_FULL');
    this.wake();
    return true;
  }

  /** A message in the lane of its own: it is never refused and goes before all that wait. */
  notice(life: Life, message: Message): void {
    life.lane.push(message);
    this.wake();
  }

  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(this.#run);
  }

  /** Begins a life. Resolves when it is ready for messages, or over already. */
  async begin(): Promise<void> {
    if (this.#exit || this.#stopped || this.runtime.killed) return;
    if (this.#lives++ > 0) this.runtime.counters.restarts++;
    this.#life = new Life(this);
    await this.#life.start();
    this.wake();
  }

  /** Ends the present life, if any, and tells the keeper why. What waits in the mailbox stays. */
  over(life: Life, exit: Exit): void {
    if (exit.reason === 'crash') this.log.error({ err: exit.error }, 'actor crashed');
    if (life !== this.#life || life.ending) return;
    void this.suspend().then(() => {
      if (!this.#exit && !this.#stopped) this.#keeper.lifeOver(this, exit);
    });
  }

  /** Ends the present life without telling anybody. */
  async suspend(): Promise<void> {
    const life = this.#life;
    if (!life) return;
    await life.end();
    if (this.#life === life) this.#life = undefined;
  }

  /** Makes the present life crash, as a mistake in a handler would. */
  crash(error: unknown): void {
    if (this.#life) this.over(this.#life, { reason: 'crash', error });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.suspend().then(() => this.finish({ reason: 'shutdown' }));
    return this.#stopped;
  }

  /** No life will follow: what waits is answered STOPPED and watchers are told. */
  finish(exit: Exit): void {
    if (this.#exit) return;
    this.#exit = exit;
    for (let waiting = this.#mailbox.shift(); waiting; waiting = this.#mailbox.shift()) this.#refuse(waiting, 'STOPPED');
    for (const notify of this.#watchers) notify(exit);
    this.#watchers.clear();
    this.#keeper.left(this);
  }

  /** Calls `notify` once, when the actor has ended for good, also when it already has. */
  onEnd(notify: (exit: Exit) => void): Undo {
    if (this.#exit) notify(this.#exit);
    else this.#watchers.add(notify);
    return () => this.#watchers.delete(notify);
  }

  /** Tells the asker why its message is not handled; what was told is a dead letter. */
  #refuse(message: Message, code: 'STOPPED' | 'MAILBOX_FULL'): false {
    if (code === 'MAILBOX_FULL') this.runtime.counters.refused++;
    this.turnAway(message, code);
    return false;
  }

  turnAway({ kind, asker }: Message, code: string): void {
    if (asker) asker.reject(new ActorError(code, { kind }));
    else this.#deadLetter(kind, code);
  }

  #deadLetter(kind: string, code: string): void {
    this.runtime.counters.deadLetters++;
    this.log.debug({ kind, code }, 'message dead-lettered');
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    for (let turns = 0; turns < TURNS_PER_RUN; turns++) {
      const life = this.#life;
      if (!life?.free || this.runtime.killed) return;
      const message = life.lane.shift() ?? this.#mailbox.shift();
      if (!message) return;
      if (!message.dropped) life.turn(message);
      else if (message.asker) this.#deadLetter(message.kind, 'NO_ANSWER');
    }
    this.wake();
  };
}

/** The cell as its users see it. */
export const refOf = <P>(cell: Cell): LocalRef<P> => cell as unknown as LocalRef<P>;

/** Shallow, and not for bytes: an ArrayBuffer view cannot be frozen. */
function freeze(body: unknown): void {
  if (!ArrayBuffer.isView(body)) Object.freeze(body);
}
