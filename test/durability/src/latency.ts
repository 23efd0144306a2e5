import { inLineMs } from './in-line.js';

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

const ROUNDS = 5;

/**
 * Times each of `acts`, `samples` times in each of five rounds, turn by turn, so that whatever else the machine does meets them all alike.
 * `after` follows each act, untimed. What this process and the server stood in line for a processor does not count. Answers the median of
 * the rounds for each.
 */
export async function interleaved<T>(
  server: { readonly pid: number | undefined },
  samples: number,
  acts: readonly { readonly act: () => Promise<T>; readonly after: (result: T) => Promise<unknown> }[],
): Promise<Latency[]> {
  const rounds: Latency[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const took = acts.map(() => new Float64Array(samples));
    for (let sample = 0; sample < samples; sample++) {
      for (let nth = 0; nth < acts.length; nth++) {
        const turn = (nth + sample) % acts.length; // none is always the first
        const { act, after } = acts[turn]!;
        const [line, begun] = [inLineMs(server.pid), performance.now()];
        const result = await act();
        const ms = performance.now() - begun;
        took[turn]![sample] = Math.max(0, ms - (inLineMs(server.pid) - line));
        await after(result);
      }
    }
    rounds.push(took.map(latencyOf));
  }
  return acts.map((_, at) => ({
    p50: median(rounds.map((round) => round[at]!.p50)),
    p99: median(rounds.map((round) => round[at]!.p99)),
  }));
}

function latencyOf(took: Float64Array): Latency {
  const sorted = took.toSorted();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** Of numbers in ascending order. */
export const quantile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const median = (numbers: readonly number[]): number =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
