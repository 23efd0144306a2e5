import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Undo } from '@tiercel/actors';
import type { StoreEvent } from '@tiercel/store';

/** How often the free space is asked for; also whenever a quarter of the reserve, or so many bytes, were written. */
const WATCH_MS = 1_000;
const WATCH_BYTES = 16 * 1_024 * 1_024;
/** How much of the pages that can be used again counts: a large payload needs several side by side. */
const REUSABLE = 0.5;
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
  #hasBallast = false;
  #isFull = false;
  #isFullUntilMs = 0;
  #unwatchedBytes = 0;
  #undo: Undo = () => {};
  #reusableBytes: () => number = () => 0;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** What can be written although it is not free on the disk. */
  reuse(reusableBytes: () => number): void {
    this.#reusableBytes = reusableBytes;
  }

  /** Looks once, and from then on again and again. */
  async watch(): Promise<void> {
    await this.look();
    if (!this.#isStopped) this.#undo = this.#options.clock.after(WATCH_MS, () => void this.watch());
  }

  wrote(bytes: number): void {
    this.#unwatchedBytes += bytes;
    if (this.#unwatchedBytes >= Math.min(WATCH_BYTES, this.#options.reserveBytes / 4)) void this.look();
  }

  /** A write found no room. */
  async failed(): Promise<void> {
    await throwOffBallast(this.#options.path).catch(() => {}); // then drains have to do without
    this.#isFullUntilMs = this.#options.clock.monotonic() + AFTER_FAILURE_MS;
    await this.#looking;
    this.#hasBallast = false;
    this.#tell(0);
  }

  /** Whether a write that failed may have failed for want of room: the disk may say no more than that it did. */
  async isShortOf(bytes: number): Promise<boolean> {
    const { path, freeBytes } = this.#options;
    return (await freeBytes(path).catch(() => bytes)) < bytes;
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
    if (free < ballastBytes) await this.#throwOff();
    this.#tell(free);
    if (free >= reserveBytes + 2 * ballastBytes) await this.#takeOn(ballastBytes);
  }

  #tell(freeBytes: number): void {
    const room = freeBytes + REUSABLE * this.#reusableBytes();
    const isFull = room < this.#options.reserveBytes || this.#options.clock.monotonic() < this.#isFullUntilMs;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#options.onEvent({ kind: isFull ? 'full' : 'room', freeBytes });
  }

  async #throwOff(): Promise<void> {
    await throwOffBallast(this.#options.path);
    this.#hasBallast = false;
  }

  async #takeOn(bytes: number): Promise<void> {
    if (this.#hasBallast) return;
    const ballast = ballastIn(this.#options.path);
    const there = await stat(ballast).then(
      ({ size }) => size,
      () => 0,
    );
    if (there < bytes) await fill(ballast, bytes);
    this.#hasBallast = true;
  }
}

const ballastIn = (path: string): string => join(path, 'ballast');

export const throwOffBallast = (path: string): Promise<void> => rm(ballastIn(path), { force: true });

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes; at += CHUNK.length) await file.write(CHUNK, 0, Math.min(CHUNK.length, bytes - at), at);
  } finally {
    await file.close();
  }
}
