import fc from 'fast-check';
import { openMemoryStore } from '../../memory/memory-store.js';
import { ManualClock } from '../manual-clock.js';
import type { OpenJobStore } from '../setup.js';
import { Duel } from './duel.js';
import { Game } from './game.js';
import { play } from './play.js';
import { modelSequence, type Sequence } from './sequence.js';

export interface ModelCheck {
  /** How many sequences of random commands are played, each on stores newly opened; {@link MODEL_SEQUENCES} by default. */
  readonly sequences?: number;
  /** Commands of each sequence; 60 by default. */
  readonly commands?: number;
  readonly seed: number;
  /** Where a failing check said it failed: plays that sequence at once. */
  readonly path?: string;
  /** Runs that may be spent on making a failing sequence shorter; 300 by default, 0 to report it as it is. */
  readonly shrinkRuns?: number;
}

/** As many as `TIERCEL_MODEL_SEQUENCES` says; 300 by default. */
export const MODEL_SEQUENCES = Number(process.env.TIERCEL_MODEL_SEQUENCES || 300);

/** How often each verdict and state was seen. */
export type Seen = ReadonlyMap<string, number>;

/**
 * Plays random sequences on the store that `open` makes and on the memory driver, with one clock and the same nonces, and compares every
 * answer and, every few commands, all that can be seen. What the port leaves open (which of two leases ending together is reaped
 * first, which of two jobs due together is promoted first) does not occur; what the store declares that it cannot is left out. Throws an error with the first difference, the
 * shortest failing sequence found, and the seed and path that play it again.
 */
export async function checkAgainstModel(
  open: OpenJobStore,
  { sequences = MODEL_SEQUENCES, commands = 60, seed, path, shrinkRuns = 300 }: ModelCheck,
): Promise<Seen> {
  const seen = new Map<string, number>();
  let failedRuns = 0;
  const property = fc.asyncProperty(modelSequence(commands), async (sequence) => {
    if (failedRuns > 0 && ++failedRuns > shrinkRuns) return;
    try {
      await playOnBoth(open, sequence, seen);
    } catch (error) {
      failedRuns ||= 1;
      throw error;
    }
  });
  const details = await fc.check(property, {
    numRuns: sequences,
    seed,
    ...(path !== undefined && { path }),
    endOnFailure: shrinkRuns === 0,
  });
  if (details.failed) throw new Error(reportOf(details), { cause: details.errorInstance });
  return seen;
}

async function playOnBoth(open: OpenJobStore, sequence: Sequence, seen: Map<string, number>): Promise<void> {
  const { shards, retention, commands } = sequence;
  const clock = new ManualClock();
  const opened = await open({ clock, shards, retention });
  try {
    const duel = new Duel(openMemoryStore({ clock, shards, retention }), opened, seen);
    await play(new Game(duel, clock), commands);
  } finally {
    await opened.close();
  }
}

function reportOf({ seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<[Sequence]>): string {
  const sequence = counterexample?.[0];
  const lines = sequence?.commands.filter(({ verb }) => verb !== 'rest').map((command) => `  ${JSON.stringify(command)}`) ?? [];
  return [
    `the store differs from the model (seed ${seed}, path "${counterexamplePath}"): ${errorInstance instanceof Error ? errorInstance.message : errorInstance}`,
    `play it again with checkAgainstModel(open, { …, seed: ${seed}, path: '${counterexamplePath}' })`,
    `shards ${sequence?.shards}, retention ${JSON.stringify(sequence?.retention)}, commands without rests:`,
    ...lines,
  ].join('\n');
}
