import type { Transport } from '../transport.js';

/** Resolves at the next time the wire is up (or down). */
export const became = (transport: Transport, wanted: boolean): Promise<void> =>
  new Promise((resolve) => {
    let undo = () => {};
    undo = transport.watch((up) => {
      if (up !== wanted) return;
      resolve();
      queueMicrotask(() => undo());
    });
  });
