import type { QueueSettings, SettingName } from '@tiercel/protocol';
import type { Ability } from '../describe-job-store.js';
import type { CommandOf } from './command.js';
import type { Game } from './game.js';
import { nextOf } from './world.js';

/** What a driver must be able to do for a setting; most need `settings`. */
const NEEDS: Partial<Record<SettingName, Ability>> = {
  paused: 'pausing',
  maxItems: 'limits',
  maxBytes: 'limits',
  maxItemBytes: 'limits',
  whenFull: 'limits',
};

/** Changes the settings that the rival can have. */
export async function change(game: Game, { tenant, queue, set, clear }: CommandOf<'control'>): Promise<void> {
  const isKnown = (name: string): boolean => game.duel.can(NEEDS[name as SettingName] ?? 'settings');
  const told = Object.entries({ ...set, ...whereTo(queue, set) }).filter(([name]) => isKnown(name));
  const order = { set: Object.fromEntries(told) as QueueSettings, clear: clear.filter(isKnown) };
  if (told.length + order.clear.length === 0) return;
  game.see(game.shardOf(tenant));
  const resumed = await game.duel.ask(
    `control of '${queue}' of ${tenant}`,
    (store) => store.control(tenant, queue, order),
    (pairs) => pairs.map((pair) => pair.join('/')).sort(),
  );
  if (resumed.length > 0) game.duel.count('control resumed');
}

/** The queues of a tenant must not all lead to one: which expires first is open between queues. */
function whereTo(queue: string, { expireTo }: QueueSettings): QueueSettings {
  if (expireTo !== '*next') return {};
  return { expireTo: queue === '' ? '*dead' : nextOf(queue) };
}
