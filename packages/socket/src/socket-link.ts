import { connect } from 'node:net';
import { type Clock, type Log, type Random, redialMs, sleep, type Undo } from '@tiercel/actors';
import { type ErrorCode, fail, TiercelError } from '@tiercel/protocol';
import { type Frame, frame } from './frame.js';
import { FrameSocket } from './frame-socket.js';
import { VERSION } from './hello.js';
import type { Link, Take } from './link.js';
import { SOCKET_LIMITS } from './socket-limits.js';
import { addressOf, requireOwnSocket } from './socket-path.js';

export interface SocketOptions {
  /** Of the socket that the owner of a storage serves. */
  readonly path: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** How long the first connection is tried, 5,000 by default; 0: it is not waited for and comes up by itself. */
  readonly firstConnectMs?: number;
}

/** What another try would not change. */
const FINAL: readonly ErrorCode[] = ['ACCESS_DENIED', 'BAD_CONFIG', 'BAD_MESSAGE'];

/** A connection to the owner's socket that is made again, for ever. While there is none, nothing is accepted. */
export class SocketLink implements Link {
  readonly #options: SocketOptions;
  readonly #take: Take;
  readonly #watchers = new Set<(up: boolean) => void>();
  #live: FrameSocket | undefined;
  #maxBytes: number = SOCKET_LIMITS.bodyBytes;
  #undoRedial: Undo = () => {};
  #closed = false;
  #onGone: () => void = () => {};

  constructor(options: SocketOptions, take: Take) {
    this.#options = options;
    this.#take = take;
  }

  get up(): boolean {
    return this.#live !== undefined;
  }

  get full(): boolean {
    return (this.#live?.unreadBytes ?? 0) >= SOCKET_LIMITS.unreadBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  post(frame: Frame): boolean {
    this.#live?.post(frame);
    return this.up;
  }

  watch(notify: (up: boolean) => void): Undo {
    this.#watchers.add(notify);
    notify(this.up);
    return () => void this.#watchers.delete(notify);
  }

  /** Throws UNREACHABLE after `firstConnectMs`; what is final at once. */
  async open(): Promise<void> {
    const { clock, firstConnectMs = SOCKET_LIMITS.firstConnectMs } = this.#options;
    const giveUpAt = clock.monotonic() + firstConnectMs;
    for (let tries = 0; ; tries++) {
      const failure = await this.#dial();
      if (!failure) return;
      if (firstConnectMs === 0) return this.#redialLater(0);
      const waitMs = this.#waitMs(tries);
      if (FINAL.includes(failure.code) || clock.monotonic() + waitMs >= giveUpAt) throw failure;
      await sleep(clock, waitMs);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#undoRedial();
    const live = this.#live;
    if (!live) return;
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
    const undo = this.#options.clock.after(SOCKET_LIMITS.drainMs, () => live.cut());
    live.end();
    await gone;
    undo();
  }

  #redialLater(tries: number): void {
    if (this.#closed) return;
    this.#undoRedial = this.#options.clock.after(this.#waitMs(tries), async () => {
      const failure = await this.#dial();
      if (!failure) return;
      if (FINAL.includes(failure.code)) this.#options.log.warn({ err: failure, tries }, 'socket reconnect failed');
      this.#redialLater(tries + 1);
    });
  }

  #waitMs(tries: number): number {
    return redialMs(tries, SOCKET_LIMITS, this.#options.random);
  }

  /** One try. Up only once the owner has answered. */
  async #dial(): Promise<TiercelError | undefined> {
    try {
      await requireOwnSocket(this.#options.path);
      await this.#greet(addressOf(this.#options.path));
      return undefined;
    } catch (error) {
      return error instanceof TiercelError ? error : this.#explain(error as NodeJS.ErrnoException);
    }
  }

  #greet(address: string): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      let greeted = false;
      const late = clock.after(SOCKET_LIMITS.helloMs, () => frames.cut({ code: 'the owner does not answer' }));
      const onFrame = (got: Frame) => {
        if (greeted) return this.#take(got);
        requireHello(got);
        greeted = true;
        late();
        this.#went(frames, got.id);
        resolve();
      };
      const onEnd = (error: unknown) => {
        late();
        if (greeted) this.#lost(error);
        else reject(error ?? { code: 'the owner closed the connection' });
      };
      const socket = connect(address);
      const frames = new FrameSocket(socket, SOCKET_LIMITS.bodyBytes, { onFrame, onEnd });
      socket.once('connect', () => frames.post(frame('hello', { text: VERSION })));
    });
  }

  #went(live: FrameSocket, maxBytes: number): void {
    if (this.#closed) {
      live.end();
      return;
    }
    this.#live = live;
    this.#maxBytes = maxBytes;
    this.#options.log.info({ socket: this.#options.path }, 'socket connected');
    for (const notify of this.#watchers) notify(true);
  }

  #lost(error: unknown): void {
    this.#live = undefined;
    this.#onGone();
    if (!this.#closed) this.#options.log.warn({ socket: this.#options.path, err: error }, 'socket connection lost');
    for (const notify of this.#watchers) notify(false);
    this.#redialLater(0);
  }

  #explain({ code = '' }: NodeJS.ErrnoException): TiercelError {
    const denied = code === 'EACCES' || code === 'EPERM';
    return new TiercelError(denied ? 'ACCESS_DENIED' : 'UNREACHABLE', { socket: this.#options.path, reason: code });
  }
}

function requireHello({ kind, text }: Frame): void {
  if (kind !== 'hello' || text !== VERSION) fail('BAD_MESSAGE', { kind, expected: VERSION, got: text });
}
