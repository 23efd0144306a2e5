import { fail, LIMITS, type SettingsChange, type SettingsView } from '@tiercel/protocol';
import type { PairName } from '@tiercel/store';
import { nameOf } from './pair.js';
import { bitsOf, packSettings, unpackSettings } from './settings.js';
import type { ShardCaller } from './shard-caller.js';

/** Throws BAD_OPTION for all of a tenant that has more queues than one step may go through. */
export async function control(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  queue: string,
  { set, clear }: SettingsChange,
): Promise<readonly PairName[]> {
  const reply = await caller.step('control', shard, tenant, queue, packSettings(set), String(bitsOf(clear)));
  if (!reply) fail('BAD_OPTION', { option: 'queue', expected: `one, for a tenant of more than ${LIMITS.queuesListed}` });
  return (reply as Buffer[]).map(nameOf);
}

export async function settings(caller: ShardCaller, shard: number, tenant: string): Promise<readonly SettingsView[]> {
  const reply = (await caller.look('settings', shard, tenant)) as Buffer[];
  const views: SettingsView[] = [];
  for (let at = 0; at < reply.length; at += 2)
    views.push({ queue: String(reply[at]), settings: unpackSettings(reply[at + 1] as Buffer) });
  return views.sort((a, b) => (a.queue < b.queue ? -1 : 1));
}
