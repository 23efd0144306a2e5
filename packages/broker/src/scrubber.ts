import type { Actor, Log } from '@tiercel/actors';
import { codeOf } from '@tiercel/protocol';
import type { JobStore, Scrubbed } from '@tiercel/store';
import type { Bounds } from './bounds.js';

export interface ScrubberProtocol {
  /** A shard has just been swept; `quiet` when there was nothing to do. */
  swept(news: { shard: number; quiet: boolean }): void;
  // What follows it sends itself.
  scrubbed(result: { shard: number; page: Scrubbed } | { shard: number; error: unknown }): void;
}

interface Parts {
  readonly store: JobStore;
  readonly bounds: Bounds;
  readonly log: Log;
  readonly storeAnswered: (error?: unknown) => void;
}

/** Where a shard's round stands. */
interface Round {
  cursor: string;
  /** Monotonic time of its last page. */
  atMs: number;
}

/**
 * Has the storage compare its records with its indexes, a page at a time, one shard at a time: each shard after a sweep that found
 * nothing to do, every `scrubMs`; where sweeps always find something, every `scrubBusyMs`.
 */
export const scrubber =
  ({ store, bounds, log, storeAnswered }: Parts): Actor<ScrubberProtocol> =>
  (ctx) => {
    const rounds = Array.from({ length: store.shards }, (): Round => ({ cursor: '', atMs: ctx.clock.monotonic() }));
    let scrubbing = false;
    let able = true;

    function scrub(shard: number, round: Round): void {
      scrubbing = true;
      round.atMs = ctx.clock.monotonic();
      void store.scrub(shard, round.cursor).then(
        (page) => ctx.result('scrubbed', { shard, page }),
        (error: unknown) => ctx.result('scrubbed', { shard, error }),
      );
    }

    return {
      swept({ shard, quiet }) {
        const round = rounds[shard] as Round;
        const restMs = quiet ? bounds.scrubMs : bounds.scrubBusyMs;
        if (able && !scrubbing && ctx.clock.monotonic() - round.atMs >= restMs) scrub(shard, round);
      },

      scrubbed(result) {
        const round = rounds[result.shard] as Round;
        scrubbing = false;
        if ('error' in result) {
          const code = codeOf(result.error);
          able = code !== 'NOT_SUPPORTED';
          // a storage that was away goes on where it was; one that does not know the cursor begins anew
          if (code !== 'STORAGE_UNAVAILABLE') round.cursor = '';
          if (able) storeAnswered(result.error);
          return;
        }
        storeAnswered();
        const { cursor, mended } = result.page;
        round.cursor = cursor;
        if (Object.values(mended).some((count) => count > 0)) log.warn({ shard: result.shard, ...mended }, 'storage mended');
      },
    };
  };
