import { isDeepStrictEqual } from 'node:util';
import type { JobStore } from '../../job-store.js';
import type { Ability } from '../describe-job-store.js';
import type { Opened } from '../setup.js';

/** One call, made of either store. */
type Act<R> = (store: JobStore) => Promise<R>;

/** Two stores that are told the same and must answer the same. Counts what was answered. */
export class Duel {
  readonly model: JobStore;
  /** Another one after {@link reopen}. */
  rival: JobStore;
  /** Another handle of the rival, where there is one. */
  other: JobStore;
  /** How often each verdict, state and event was seen: whoever tests the test looks here. */
  readonly seen: Map<string, number>;

  readonly #reopen: Opened['reopen'];

  constructor(model: JobStore, { store, other, reopen }: Pick<Opened, 'store' | 'other' | 'reopen'>, seen: Map<string, number>) {
    this.model = model;
    this.rival = store;
    this.other = other ?? store;
    this.#reopen = reopen;
    this.seen = seen;
  }

  /** Asks the model, then the rival; throws when they differ. `loosen` takes away what the port does not promise. */
  async ask<R>(what: string, act: Act<R>, loosen: (reply: R) => unknown = (reply) => reply): Promise<R> {
    const expected = await act(this.model);
    const got = await act(this.rival);
    compare(what, loosen(expected), loosen(got));
    return expected;
  }

  /** Against the same rival by another handle. */
  through(handle: JobStore): Duel {
    return new Duel(this.model, { store: handle }, this.seen);
  }

  /** The rival has to know all it knew. Does nothing where nothing would be left. */
  async reopen(): Promise<void> {
    if (!this.#reopen) return;
    this.rival = await this.#reopen();
    this.other = this.rival;
    this.count('reopen');
  }

  /** Whether the rival declares that it can; the model can everything. */
  can(ability: Ability): boolean {
    return this.rival.capabilities[ability];
  }

  count(event: string): void {
    this.seen.set(event, (this.seen.get(event) ?? 0) + 1);
  }
}

/** Mostly they are the same as they stand; only where not is it worth to look at them more closely. */
function compare(what: string, expected: unknown, got: unknown): void {
  if (isDeepStrictEqual(expected, got)) return;
  const [plainExpected, plainGot] = [plain(expected), plain(got)];
  if (!isDeepStrictEqual(plainExpected, plainGot)) throw new Error(differenceOf(what, plainExpected, plainGot));
}

/** Bytes as hex and nothing undefined, so that engines may use their own kinds of both. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, plain(field)]));
}

function differenceOf(what: string, expected: unknown, got: unknown): string {
  return `${what}\n  model: ${JSON.stringify(expected)}\n  rival: ${JSON.stringify(got)}`;
}
