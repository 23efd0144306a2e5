import type { Log } from './log.js';
import type { Clock, Random, Undo } from './time.js';

/** A message contract: an interface whose methods take one body and return the reply (`void` for none). */
// biome-ignore lint/suspicious/noExplicitAny: the bound of every contract; bodies are typed by the contract itself
export type Contract = { [kind: string]: (body: any) => unknown };
/** Turns an interface into something that fits {@link Contract} (interfaces have no index signature). */
export type Methods<P> = { [K in keyof P]: P[K] };
export type Kind<P> = Extract<keyof P, string>;
// biome-ignore lint/suspicious/noExplicitAny: inferred from the contract
export type Body<P, K extends keyof P> = P[K] extends (body: infer B) => any ? B : never;
// biome-ignore lint/suspicious/noExplicitAny: inferred from the contract
export type Reply<P, K extends keyof P> = P[K] extends (body: any) => infer R ? R : never;

/** A function from a context to a table of handlers. State is its local variables; a restart calls it again. */
export type Actor<P> = (ctx: Context<P>) => Behavior<P> | Promise<Behavior<P>>;

/**
 * One handler a kind. What it returns is the reply. A promise holds the actor's turn until it settles (use it only in actors
 * spawned with many `turns`); a {@link Later} ends the turn at once and answers when it is resolved.
 */
export type Behavior<P> = {
  [K in keyof P]: (body: Body<P, K>, sender: Sender) => Reply<P, K> | Promise<Reply<P, K>> | Later<Reply<P, K>>;
};

/** Where a message came from, as the transport knows it; never taken from a body. */
export interface Sender {
  /** The subject the message was received on, as the server stamped it; the actor's own path for a message from within. */
  readonly subject: string;
  /** Size of the encoded body; 0 for a message from within. */
  readonly bytes: number;
}

/** A reply that is given after its turn has ended. */
export interface Later<R> {
  readonly later: true;
  readonly promise: Promise<R>;
  resolve(reply: R): void;
  reject(error: unknown): void;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Last token of a remote subject; `_any` by default. Ignored for an actor of this system. */
  readonly topic?: string;
}

/** How one speaks to an actor, near or far. */
export interface Ref<P> {
  readonly path: string;
  /** Sends without an answer. `false`: the mailbox was full or nobody can be reached; the message is dead-lettered. */
  tell<K extends Kind<P>>(kind: K, body: Body<P, K>, topic?: string): boolean;
  /**
   * Throws a `TiercelError`-shaped error: NO_ANSWER after `timeoutMs`, ABORTED by `signal`, MAILBOX_FULL, UNREACHABLE, STOPPED,
   * or the code the actor refused with.
   */
  ask<K extends Kind<P>>(kind: K, body: Body<P, K>, options: AskOptions): Promise<Reply<P, K>>;
}

/** A ref to an actor of this system. */
export interface LocalRef<P> extends Ref<P> {
  /** Ends it: `onStop` undos run last in, first out, children first. Resolves when it is gone. Never throws. */
  stop(): Promise<void>;
  /** Ends when it has ended, with why. */
  readonly ended: Promise<Exit>;
}

export interface Context<P> {
  readonly self: Ref<P>;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** Starts a child without a supervisor: `restart` does not apply, its first crash is its end. */
  spawn<Q>(spec: ChildSpec<Q>): LocalRef<Q>;
  /** Starts children in order under one strategy. Refs stay valid across restarts. */
  supervise<const S extends readonly AnyChildSpec[] | Readonly<Record<string, AnyChildSpec>>>(
    plan: Supervision,
    children: S,
  ): Supervised<S>;
  /** Sends `kind` with the {@link Exit} to this actor once, when `target` ends, also when it already has. */
  watch<K extends Kind<P>>(target: { readonly ended: Promise<Exit> }, kind: K): void;
  /** A message to itself, `delayMs` from now; undone when the actor ends or restarts. */
  after<K extends Kind<P>>(delayMs: number, kind: K, body: Body<P, K>): Undo;
  /**
   * Delivers the outcome of something this life started (an I/O call) as a message to itself: own lane, never refused, no timer.
   * Dropped once that life has ended.
   */
  result<K extends Kind<P>>(kind: K, body: Body<P, K>): void;
  /** Answers the asker with an error; the actor lives on. */
  refuse(code: string, facts?: Readonly<Record<string, string | number | boolean | null>>): never;
  /** A reply for after this turn. */
  later<R>(): Later<R>;
  /** Ends this actor after the turns under way, with reason `normal`; a `permanent` child begins again. */
  stop(): void;
  /** Runs when this life ends, by stop or crash: last in, first out, all of them within `stopMs`. */
  onStop(undo: () => void | Promise<void>): void;
}

export type Strategy = 'one_for_one' | 'rest_for_one' | 'one_for_all';

export interface Supervision {
  readonly strategy: Strategy;
  /** Restarts allowed within `withinMs`; one more and the supervisor itself fails with its children stopped in reverse. */
  readonly maxRestarts: number;
  readonly withinMs: number;
  /** Full jitter: a restart waits random(0 … min(maxMs, baseMs × 2^n)). */
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
}

export interface ChildSpec<P> {
  readonly name: string;
  readonly actor: Actor<P>;
  /** `permanent` (default): always restarted; `transient`: after a crash; `temporary`: never. */
  readonly restart?: 'permanent' | 'transient' | 'temporary';
  /** How long `stop` waits for turns under way, and then for the undos; 5,000 by default. */
  readonly stopMs?: number;
  /** Messages that may wait; 1,000 by default. */
  readonly mailbox?: number;
  /** Turns that may be under way at once; 1 by default. More only for actors without state of their own. */
  readonly turns?: number;
}

export type Exit =
  | { readonly reason: 'normal' | 'shutdown' }
  | { readonly reason: 'crash'; readonly error: unknown }
  | { readonly reason: 'unreachable' };

// biome-ignore lint/suspicious/noExplicitAny: each child has a contract of its own, which Supervised reads back
export type AnyChildSpec = ChildSpec<any>;
/** The refs of supervised children, in the shape their specs came in. */
export type Supervised<S> = {
  readonly [K in keyof S]: S[K] extends { actor: infer A } ? LocalRef<ContractOf<A>> : never;
};
/** The contract of an actor, read from its context, or from its handlers when it takes no context. */
type ContractOf<A> = A extends () => Behavior<infer P> | Promise<Behavior<infer P>>
  ? P
  : A extends (ctx: Context<infer P>) => unknown
    ? P
    : never;
