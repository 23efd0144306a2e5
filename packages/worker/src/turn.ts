const now = Promise.resolve();

/**
 * A function that may be called many times in one turn of the event loop and then runs `act`, which must not throw, once, when the
 * turn's code is done.
 */
export function oncePerTurn(act: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    void now.then(() => {
      waiting = false;
      act();
    });
  };
}
