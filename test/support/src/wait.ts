/** Bounds of the waiting in tests against real processes, in milliseconds. */
const WAIT = { withinMs: 10_000, everyMs: 20 } as const;

/**
 * Asks again and again until `check` returns something truthy, and returns that. For real processes only, whose changes cannot be
 * awaited; a test of one process awaits a signal. Throws what `check` threw last, or says what was waited for.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { withinMs = WAIT.withinMs, what = 'the condition' }: { withinMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const { found, error } = await attempt(check);
    if (found) return found;
    if (performance.now() > giveUpAt) throw error ?? new Error(`${what} did not come about within ${withinMs} ms`);
    await pause(WAIT.everyMs);
  }
}

/** Waits `ms` of real time. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What `promise` gives, or an error naming `what` after `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function attempt<T>(check: () => T | Promise<T>): Promise<{ found?: T; error?: unknown }> {
  try {
    return { found: await check() };
  } catch (error) {
    return { error };
  }
}
