import { type Clock, sleep } from '@tiercel/actors';
import { PRESENCE_MS } from '@tiercel/host';
import { codeOf, type Presence } from '@tiercel/protocol';
import type { Reached } from './connection.js';

/** A process that said it lives. */
export interface Living extends Presence {
  /** How far its clock was ahead of ours, with the time that its word took to arrive; ms. */
  readonly aheadMs: number;
}

/** Three words may be lost before a process counts as gone. */
const GONE_MS = 3 * PRESENCE_MS + PRESENCE_MS / 2;
/** Within which each has said at least once that it lives. */
const CALL_MS = PRESENCE_MS + PRESENCE_MS / 2;
const MOST = 10_000;

/** Who lives, by the signs that were heard. */
export class Roll {
  readonly #clock: Clock;
  readonly #heard = new Map<string, { readonly living: Living; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly take = (sign: Presence): void => {
    if (sign.stopping) this.#heard.delete(sign.instance);
    else if (this.#heard.size < MOST || this.#heard.has(sign.instance)) {
      const living = { ...sign, aheadMs: sign.nowMs - this.#clock.now() };
      this.#heard.set(sign.instance, { living, atMs: this.#clock.monotonic() });
    }
  };

  /** By service and name. */
  living(): readonly Living[] {
    const sinceMs = this.#clock.monotonic() - GONE_MS;
    for (const [instance, { atMs }] of this.#heard) if (atMs < sinceMs) this.#heard.delete(instance);
    const all = Array.from(this.#heard.values(), ({ living }) => living);
    return all.sort((a, b) => (a.service + a.instance < b.service + b.instance ? -1 : 1));
  }
}

/** Everyone who lives, after a second and a half; `undefined` when this credential may not hear it. */
export async function rollCall(reached: Reached, clock: Clock): Promise<readonly Living[] | undefined> {
  const roll = new Roll(clock);
  if (!(await hear(reached, roll))) return undefined;
  await sleep(clock, CALL_MS);
  return roll.living();
}

/** Whether the roll hears from now on. */
export async function hear(reached: Reached, roll: Roll): Promise<boolean> {
  try {
    await reached.listen(roll.take);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ACCESS_DENIED') return false;
    throw error;
  }
}
