import { AS_QUEUE, type SettingsView } from '@tiercel/protocol';
import type { TenantJob } from '../../job-store.js';
import { aJob } from '../builders.js';
import { aRelease } from '../setup.js';
import type { Item, SettlementPick } from './command.js';
import type { Game } from './game.js';
import { IDS, queueOf } from './world.js';

/** Nothing when the job's time could only run out together with another's. */
export function jobOf(game: Game, settings: readonly SettingsView[], item: Item): TenantJob | undefined {
  const { edition, dated, delayMs: toldMs, ...told } = item;
  const nth = IDS.indexOf(told.id);
  const queue = told.queue === 'own' ? queueOf(told.id) : told.queue;
  const payload = new Uint8Array(edition * 7 + nth * 3).fill(255 - edition);
  const delayMs = game.unusedDelay(told.tenant, toldMs);
  const ttlMs = game.unusedTtl(told.tenant, told.ttlMs, maxAgeOf(settings, queue));
  if (ttlMs === undefined) return undefined;
  const start = dated ? { atMs: game.see(game.shardOf(told.tenant)) + delayMs, delayMs: 0 } : { delayMs };
  return aJob({
    ...told,
    ...start,
    ...(game.duel.can('settings') ? {} : plainTerms(told)),
    queue,
    ttlMs,
    payload,
    encoding: 'raw',
  });
}

function maxAgeOf(settings: readonly SettingsView[], queue: string): number {
  const told = (name: string) => settings.find((view) => view.queue === name)?.settings.maxAgeMs;
  return told(queue) ?? told('') ?? 0;
}

/** Of a job that leaves nothing to its queue. */
const plainTerms = ({ attempts, leaseMs }: Pick<Item, 'attempts' | 'leaseMs'>) => ({
  attempts: attempts === AS_QUEUE ? 5 : attempts,
  leaseMs: leaseMs <= 0 ? 700 : leaseMs,
});

/** How a lease of a tenant ends. */
export function endOf(game: Game, tenant: string, pick: SettlementPick) {
  game.see(game.shardOf(tenant));
  const { outcome, delayMs, spend, lost, head, corrupt, reason, resultBytes } = pick;
  if (outcome === 'ack') return { outcome, ...(resultBytes > 0 && { result: new Uint8Array(resultBytes).fill(resultBytes) }) };
  if (outcome === 'bury') return { outcome, reason, ...(corrupt && game.duel.can('quarantine') && { corrupt }) };
  return aRelease({ delayMs: game.unusedDelay(tenant, delayMs), spend, lost, head: head && delayMs === 0, reason });
}
