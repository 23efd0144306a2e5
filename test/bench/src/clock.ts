// The only place of the bench that reads a clock or sets a timer.

/** Now, in milliseconds with fractions, on the monotonic clock that all processes of a machine share. */
export function nowMs(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e3 + nanos / 1e6;
}

/** The same clock as text, in nanoseconds. */
export const nowNs = (): string => String(process.hrtime.bigint());

/** From what {@link nowNs} gave to milliseconds of {@link nowMs}. */
export const fromNs = (ns: string): number => Number(ns) / 1e6;

/** The date and time, as ISO 8601. */
export const today = (): string => new Date().toISOString();

/** Resolves at `atMs` of {@link nowMs}, or at once when that is over; late by what the timers of Node are late, a millisecond or so. */
export function until(atMs: number): Promise<void> {
  const leftMs = atMs - nowMs();
  return leftMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, leftMs));
}

/** Calls `act` every `ms` until the returned function is called; keeps no process alive. */
export function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms).unref();
  return () => clearInterval(timer);
}
