import type { Coverage } from './coverage.js';
import type { Judge } from './judge.js';

/** Something outside the runtime that handlers write to, with the fence they are given. Returns whether it was accepted. */
export type EffectStore = (job: string, fence: bigint) => boolean;

/** As it should be built: what comes with a lower fence than was seen is refused. */
export function fencedEffects(): EffectStore {
  const highest = new Map<string, bigint>();
  return (job, fence) => {
    if (fence < (highest.get(job) ?? 0n)) return false;
    highest.set(job, fence);
    return true;
  };
}

/** Judges an effect store by what it accepts. */
export function watchedEffects(store: EffectStore, judge: Judge, coverage: Coverage): EffectStore {
  const accepted = new Map<string, bigint>();
  return (job, fence) => {
    const ok = store(job, fence);
    const last = accepted.get(job) ?? 0n;
    if (!ok) coverage.saw('effect refused by its fence');
    else if (fence < last) judge.blame('effects are fenced', { job, fence: fence.toString(16), after: last.toString(16) });
    else accepted.set(job, fence);
    return ok;
  };
}
