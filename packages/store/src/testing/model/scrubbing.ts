import { codeOf } from '@tiercel/protocol';
import type { JobStore, Scrubbed } from '../../job-store.js';
import type { Game } from './game.js';
import { sweepAll } from './sweeping.js';

/** Pages that nobody should ever need. */
const PAGES = 1_000;

/** A scrub of the rival has nothing to mend. Behind a sweep, because the port does not say whether a scrub has seen the time. */
export async function scrub(game: Game, shard: number): Promise<void> {
  game.see(shard);
  await sweepAll(game, 'promote', 100, (store) => store.promote(shard, 100));
  for (let page = 0, cursor = ''; page < PAGES; page++) {
    const scrubbed = await pageOf(game.duel.rival, shard, cursor);
    if (!scrubbed) return;
    if (Object.values(scrubbed.mended).some((count) => count > 0))
      throw new Error(`a scrub of shard ${shard} mended ${JSON.stringify(scrubbed.mended)}`);
    cursor = scrubbed.cursor;
    if (cursor === '') return;
  }
  throw new Error(`a scrub of shard ${shard} never ends`);
}

/** Nothing from a driver that does not scrub. */
async function pageOf(store: JobStore, shard: number, cursor: string): Promise<Scrubbed | undefined> {
  try {
    return await store.scrub(shard, cursor);
  } catch (error) {
    if (codeOf(error) !== 'NOT_SUPPORTED') throw error;
    return undefined;
  }
}
