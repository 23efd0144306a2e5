import type { Redis } from 'ioredis';

/**
 * Call it before a command: what one turn of the event loop sends leaves in one write, and the server answers it in one, with one write of
 * its append-only file. The client library would write each command by itself.
 */
export function oneWriteATurn(redis: Pick<Redis, 'stream'>): () => void {
  let isHeld = false;
  return () => {
    const { stream } = redis;
    if (isHeld || !stream) return;
    isHeld = true;
    stream.cork();
    // Ticks come after all microtasks of the turn.
    process.nextTick(() => {
      isHeld = false;
      stream.uncork();
    });
  };
}
