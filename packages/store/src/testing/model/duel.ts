import { isDeepStrictEqual } from 'node:util';
import type { JobStore } from '../../job-store.js';

/** One call, made of either store. */
type Act<R> = (store: JobStore) => Promise<R>;

/** Two stores that are told the same and must answer the same. Counts what was answered. */
export class Duel {
  readonly model: JobStore;
  readonly rival: JobStore;
  /** How often each verdict, state and event was seen: whoever tests the test looks here. */
  readonly seen: Map<string, number>;

  constructor(model: JobStore, rival: JobStore, seen: Map<string, number>) {
    this.model = model;
    this.rival = rival;
    this.seen = seen;
  }

  /** Asks the model, then the rival; throws when they differ. `loosen` takes away what the port does not promise. */
  async ask<R>(what: string, act: Act<R>, loosen: (reply: R) => unknown = (reply) => reply): Promise<R> {
    const expected = await act(this.model);
    const got = await act(this.rival);
    const [plainExpected, plainGot] = [plain(loosen(expected)), plain(loosen(got))];
    if (!isDeepStrictEqual(plainExpected, plainGot)) throw new Error(differenceOf(what, plainExpected, plainGot));
    return expected;
  }

  count(event: string): void {
    this.seen.set(event, (this.seen.get(event) ?? 0) + 1);
  }
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
