import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Undo } from '@tiercel/actors';
import type { StoreEvent } from '@tiercel/store';

/** How often the free space is asked for, and after how many bytes written. */
const WATCH_MS = 1_000;
const WATCH_BYTES = 16 * 1_024 * 1_024;
/** How long the store counts as full when a write found no room, whatever the disk says is free: it may be a quota. */
const AFTER_FAILURE_MS = 10_000;
const CHUNK = Buffer.alloc(1_024 * 1_024);

export interface RoomOptions {
  readonly path: string;
  /** With less than this left, enqueue is refused. The ballast is half of it. */
  readonly reserveBytes: number;
  readonly clock: Clock;
  freeBytes(path: string): Promise<number>;
  onEvent(event: StoreEvent): void;
}

/**
 * Watches the free space, so that a full disk is refused before it happens. What takes jobs out of a full store needs pages, too: for that
 * a file of ballast is kept, which is thrown off when others have filled what was in reserve, and taken on again when there is room.
 */
export class Room {
  readonly #options: RoomOptions;
  readonly #ballast: string;
  #hasBallast = false;
  #isFull = false;
  #isFullUntilMs = 0;
  #unwatchedBytes = 0;
  #undo: Undo = () => {};
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#ballast = join(options.path, 'ballast');
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Looks once, and from then on again and again. */
  async watch(): Promise<void> {
    await this.look();
    if (!this.#isStopped) this.#undo = this.#options.clock.after(WATCH_MS, () => void this.watch());
  }

  wrote(bytes: number): void {
    this.#unwatchedBytes += bytes;
    if (this.#unwatchedBytes >= WATCH_BYTES) void this.look();
  }

  /** A write found no room. */
  async failed(): Promise<void> {
    this.#isFullUntilMs = this.#options.clock.monotonic() + AFTER_FAILURE_MS;
    await this.#looking;
    this.#tell(0);
    await this.#throwOff().catch(() => {}); // then drains have to do without
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#undo();
    await this.#looking;
  }

  /** Never rejects: a disk that does not even tell its free space fails the next commit, and that is told. */
  look(): Promise<void> {
    this.#unwatchedBytes = 0;
    this.#looking ??= this.#look()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { path, reserveBytes, freeBytes } = this.#options;
    const ballastBytes = Math.floor(reserveBytes / 2);
    const free = await freeBytes(path);
    this.#tell(free);
    if (free < ballastBytes) await this.#throwOff();
    else if (free >= reserveBytes + 2 * ballastBytes) await this.#takeOn(ballastBytes);
  }

  #tell(freeBytes: number): void {
    const isFull = freeBytes < this.#options.reserveBytes || this.#options.clock.monotonic() < this.#isFullUntilMs;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#options.onEvent({ kind: isFull ? 'full' : 'room', freeBytes });
  }

  async #throwOff(): Promise<void> {
    await rm(this.#ballast, { force: true });
    this.#hasBallast = false;
  }

  async #takeOn(bytes: number): Promise<void> {
    if (this.#hasBallast) return;
    const there = await stat(this.#ballast).then(
      ({ size }) => size,
      () => 0,
    );
    if (there < bytes) await fill(this.#ballast, bytes);
    this.#hasBallast = true;
  }
}

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes; at += CHUNK.length) await file.write(CHUNK, 0, Math.min(CHUNK.length, bytes - at), at);
  } finally {
    await file.close();
  }
}
