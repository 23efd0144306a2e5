import type { Clock } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Coverage } from './coverage.js';
import type { Dice } from './dice.js';
import type { Rates } from './faults.js';

export interface DistantOptions {
  readonly store: JobStore;
  /** Where calls are applied: also when their caller has died meanwhile. */
  readonly there: Clock;
  /** Where answers arrive. */
  readonly here: Clock;
  readonly dice: Dice;
  readonly rates: () => Rates;
  /** Longest way there, or back, in milliseconds. */
  readonly wayMs: number;
  readonly isDown: () => boolean;
  readonly coverage: Coverage;
  /** Told of every call. */
  readonly called: (verb: string) => void;
  /** Told of every answer that was not given. */
  readonly failed: () => void;
}

const VERBS = [
  'enqueue',
  'reserve',
  'extend',
  'settle',
  'promote',
  'reap',
  'prune',
  'scrub',
  'cancel',
  'revive',
  'forget',
  'purge',
  'control',
  'find',
  'list',
  'queues',
  'settings',
  'counters',
  'totals',
  'quarantined',
  'backlog',
] as const;

/** The storage as one broker reaches it: a way there, a way back, and errors on either. */
export function distantStore(options: DistantOptions): JobStore {
  const { store } = options;
  const far = Object.fromEntries(
    VERBS.map((verb) => {
      const act = store[verb] as (...args: unknown[]) => Promise<unknown>;
      const go = (...args: unknown[]) => {
        options.called(verb);
        return travel(options, () => act(...args));
      };
      return [verb, go];
    }),
  );
  return { ...store, ...far };
}

function travel(options: DistantOptions, act: () => Promise<unknown>): Promise<unknown> {
  const { there, here, dice, rates, wayMs, isDown, coverage, failed } = options;
  return new Promise((resolve, reject) => {
    const refuse = () => {
      failed();
      reject(new TiercelError('STORAGE_UNAVAILABLE'));
    };
    const goMs = dice.between(0.05, wayMs);
    const before = dice.chance(rates()['storage error before applying']);
    if (before) coverage.saw('storage error before applying');
    if (isDown()) coverage.saw('storage down');
    if (before || isDown()) return void here.after(goMs, refuse);
    there.after(goMs, () => {
      act().then((answer) => {
        const after = dice.chance(rates()['storage error after applying']);
        if (after) coverage.saw('storage error after applying');
        here.after(dice.between(0.05, wayMs), after ? refuse : () => resolve(answer));
      }, reject);
    });
  });
}
