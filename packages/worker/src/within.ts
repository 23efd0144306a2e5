import type { Clock } from '@tiercel/actors';

/** Waits for `promise`, for `ms` at most; which of the two it was is not told. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const undo = clock.after(ms, resolve);
    promise.then(() => resolve(), reject).finally(undo);
  });
}
