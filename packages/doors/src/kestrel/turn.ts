/** Runs `act` when the sockets that have something in this turn of the event loop have been read, so that what they want is asked for together. */
export const afterSockets = (act: () => void): void => void setImmediate(act);

/** A function that may be called many times in one turn and then runs `act`, which must not throw, once. */
export function oncePerTurn(act: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    afterSockets(() => {
      waiting = false;
      act();
    });
  };
}
