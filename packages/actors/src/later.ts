import type { Later } from './actor.js';

/** A reply that is given after its turn has ended: return it from the handler, resolve it when the answer is known. */
export function later<R>(): Later<R> {
  let resolve!: (reply: R) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<R>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { later: true, promise, resolve, reject };
}

export const isLater = (result: unknown): result is Later<unknown> =>
  typeof result === 'object' && result !== null && (result as { later?: unknown }).later === true;
