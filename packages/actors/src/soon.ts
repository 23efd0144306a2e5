const now = Promise.resolve();

/**
 * Runs `act`, which must not throw, in the next microtask. Not `queueMicrotask`: Node makes an AsyncResource for each of its calls.
 */
export function soon(act: () => void): void {
  void now.then(act);
}
