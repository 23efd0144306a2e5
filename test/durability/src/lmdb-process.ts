import type { StoreEvent } from '@tiercel/store';
import { openLmdbStore } from '@tiercel/store-lmdb';
import { SHARDS } from './engine.js';

/** The process whose disk is watched: has the store in the directory it is given, and does what its parent asks of it. */

export type Verb = 'enqueue' | 'reserve' | 'settle' | 'find';
export interface Asked {
  readonly number: number;
  readonly verb: Verb;
  readonly args: readonly unknown[];
}
export type Answered = { readonly number: number; readonly reply: unknown } | { readonly number: number; readonly code: string };

/** Next to nothing of the disk is held back. */
const RESERVE_BYTES = 4_096;

/** Ends the process, and so the trial, when the store itself finds that something is missing. */
function onEvent(event: StoreEvent): void {
  if (event.kind === 'unfit') throw new Error(event.reason);
}

const store = await openLmdbStore({ path: process.argv[2] ?? '', shards: SHARDS, reserveBytes: RESERVE_BYTES, onEvent });

process.on('message', ({ number, verb, args }: Asked) => {
  const call = store[verb] as (...args: readonly unknown[]) => Promise<unknown>;
  const answer = (answered: Answered) => void process.send?.(answered);
  call(...args).then(
    (reply) => answer({ number, reply }),
    (error: { code?: string }) => answer({ number, code: error.code ?? 'INTERNAL' }),
  );
});
process.on('disconnect', () => void store.close());
process.send?.('ready');
