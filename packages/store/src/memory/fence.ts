const PER_MS = 4_096;

/**
 * The increasing part of a shard's tokens: `max(last + 1, nowMs × 4096)`. Kept as milliseconds and a sequence below 4096, because
 * the product leaves the safe integers in the year 2039; as hex digits the two simply stand side by side.
 */
export class Fence {
  #ms = 0;
  #sequence = 0;

  get ms(): number {
    return this.#ms;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Goes on behind the token that had these. */
  goOn(ms: number, sequence: number): void {
    this.#ms = ms;
    this.#sequence = sequence;
  }

  /** 16 lower-case hex digits, greater than all before. */
  next(nowMs: number): string {
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      this.#sequence = 0;
    } else if (++this.#sequence === PER_MS) {
      this.#ms++;
      this.#sequence = 0;
    }
    return this.#ms.toString(16).padStart(13, '0') + this.#sequence.toString(16).padStart(3, '0');
  }
}
