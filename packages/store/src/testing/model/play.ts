import type { JobState, SettingsView, Settlement } from '@tiercel/protocol';
import type { ReserveRequest } from '../../job-store.js';
import { aReserve } from '../setup.js';
import { change } from './changing.js';
import type { Command, CommandOf } from './command.js';
import { compareAll, compareList } from './dump.js';
import type { Game } from './game.js';
import { endOf, jobOf } from './job.js';
import { scrub } from './scrubbing.js';
import { reapAll, sweepAll } from './sweeping.js';
import { playTogether } from './together.js';
import { IDS } from './world.js';

/** All of both stores is compared after so many commands, and at the end. */
const COMPARE_EVERY = 10;

/** Plays commands on both stores of a duel. Throws at the first difference. */
export async function play(game: Game, commands: readonly Command[]): Promise<void> {
  for (const [at, command] of commands.entries()) {
    try {
      await playOne(game, command);
      if (at % COMPARE_EVERY === COMPARE_EVERY - 1 || at === commands.length - 1) await compareAll(game);
    } catch (error) {
      throw new Error(`at or before command ${at} ${JSON.stringify(command)}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function playOne(game: Game, command: Command): Promise<void> {
  const moves = MOVES as { [verb: string]: (game: Game, command: Command) => Promise<void> };
  return moves[command.verb]!(game, command);
}

const MOVES: { readonly [V in Command['verb']]: (game: Game, command: CommandOf<V>) => Promise<void> } = {
  async rest() {},

  async enqueue(game, { items }) {
    const settings = new Map<string, readonly SettingsView[]>();
    for (const { tenant } of items) settings.set(tenant, await game.duel.model.settings(tenant));
    const batch = items.flatMap((item) => jobOf(game, settings.get(item.tenant)!, item) ?? []);
    for (const { tenant } of batch) game.see(game.shardOf(tenant));
    const verdicts = await game.duel.ask('enqueue', (store) => store.enqueue(batch));
    for (const { code } of verdicts) game.duel.count(`enqueue ${code}`);
  },

  async reserve(game, { wants, ...told }) {
    const shard = game.shardOf(wants[0]!.tenant);
    if (game.mayReserve(wants[0]!.tenant))
      await reserve(game, { ...told, wants: wants.filter(({ tenant }) => game.shardOf(tenant) === shard) });
  },

  async extend(game, { items }) {
    const least = game.duel.can('settings') ? 0 : 1;
    const batch = items.flatMap(({ leaseMs, ...pick }) => withLease(lease(game, pick), { leaseMs: Math.max(least, leaseMs) }));
    for (const { tenant } of batch) game.see(game.shardOf(tenant));
    const codes = await game.duel.ask('extend', (store) => store.extend(batch));
    for (const code of codes) game.duel.count(`extend ${code}`);
  },

  async settle(game, { items }) {
    const batch = items.flatMap((pick) => {
      const held = lease(game, pick);
      return withLease(held, held && endOf(game, held.tenant, pick)) as Settlement[];
    });
    const codes = await game.duel.ask('settle', (store) => store.settle(batch));
    for (const [at, code] of codes.entries()) {
      game.duel.count(`settle ${code}`);
      if (code === 'OK') game.past.settled(batch[at]!);
    }
  },

  async promote(game, { tenant, limit }) {
    const shard = game.shardOf(tenant);
    game.see(shard);
    await sweepAll(game, 'promote', limit, (store) => store.promote(shard, limit));
  },

  async reap(game, { tenant, limit, gone }) {
    const notices = gone.map((owner) => ({ owner, reason: `${owner} is gone` }));
    await reapAll(game, game.shardOf(tenant), limit, notices);
  },

  async prune(game, { tenant, limit }) {
    const shard = game.shardOf(tenant);
    game.see(shard);
    await sweepAll(game, 'prune', limit, (store) => store.prune(shard, limit));
  },

  scrub: (game, { tenant }) => scrub(game, game.shardOf(tenant)),

  async cancel(game, { tenant, ids, aimed }) {
    game.see(game.shardOf(tenant));
    const all = aimed ? [...ids, ...(await idsIn(game, tenant, 'leased'))] : ids;
    const verdicts = await game.duel.ask('cancel', (store) => store.cancel(tenant, all));
    for (const { code, state } of verdicts) game.duel.count(`cancel ${code} ${state}`);
  },

  async revive(game, { tenant, ids, aimed }) {
    game.see(game.shardOf(tenant));
    const all = aimed ? [...ids, ...(await idsIn(game, tenant, 'dead'))] : ids;
    const verdicts = await game.duel.ask('revive', (store) => store.revive(tenant, all));
    for (const { code } of verdicts) game.duel.count(`revive ${code}`);
  },

  async forget(game, { tenant, ids, aimed }) {
    game.see(game.shardOf(tenant));
    const all = aimed ? [...ids, ...(await idsIn(game, tenant, 'dead'))] : ids;
    const verdicts = await game.duel.ask('forget', (store) => store.forget(tenant, all));
    for (const { code } of verdicts) game.duel.count(`forget ${code}`);
  },

  async purge(game, { tenant, ...query }) {
    if (!game.duel.can('purging') || (query.queue === '' && !game.duel.can('quarantine'))) return;
    game.see(game.shardOf(tenant));
    const { removed, more } = await game.duel.ask('purge', (store) => store.purge(tenant, query));
    if (removed > 0) game.duel.count(query.queue === '' ? 'purge quarantined' : 'purge removed');
    if (more) game.duel.count('purge more');
  },

  control: change,

  list: (game, { tenant, ...query }) => compareList(game.duel, tenant, query),

  async wear(game, { want, times, delivered, ...told }) {
    const shard = game.shardOf(want.tenant);
    for (let time = 0; time < times; time++) {
      const jobs = await reserve(game, { ...told, wants: [want], max: 1, maxBytes: 1 });
      const batch = delivered ? jobs.flatMap(({ tenant, id }) => withLease(game.past.lastGrant(tenant, id), { leaseMs: 10 })) : [];
      await game.duel.ask('extend', (store) => store.extend(batch));
      game.clock.advance(delivered ? 10 : told.deliveryLeaseMs);
      await reapAll(game, shard, 100, []);
    }
  },

  together: (game, command) => playTogether(game, command, playOne),

  async reopen(game) {
    await game.duel.reopen();
  },

  async advance(game, { ms }) {
    game.clock.advance(ms);
  },

  async advanceToDue(game, { kind, early }) {
    game.clock.advance(Math.max(0, game.nextInMs[kind] - (early ? 1 : 0)));
    game.nextInMs[kind] = 0;
  },

  async back(game, { ms }) {
    game.clock.advance(-ms);
  },
};

type Told = Pick<ReserveRequest, 'wants' | 'max' | 'maxBytes' | 'owner' | 'nonce' | 'deliveryLeaseMs'>;

async function reserve(game: Game, told: Told) {
  const request = aReserve(game.duel.model, told);
  game.see(request.shard);
  const { jobs } = await game.duel.ask('reserve', async (store) => {
    const { jobs, left } = await store.reserve(request);
    return { jobs, left }; // packed or not
  });
  game.past.granted(jobs);
  if (jobs.some(({ lostLeases }) => lostLeases > 0)) game.duel.count('reserve a suspect');
  if (jobs.some(({ queue, originQueue }) => queue !== originQueue)) game.duel.count('reserve a job that moved');
  if (jobs.length > 1) game.duel.count('reserve several');
  return jobs;
}

async function idsIn(game: Game, tenant: string, state: JobState): Promise<string[]> {
  const views = await game.duel.model.find(tenant, IDS, { payload: false });
  return views.flatMap((view) => (view?.state === state ? [view.id] : []));
}

const lease = (game: Game, pick: Parameters<Game['past']['pick']>[0]) => game.past.pick(pick, game.only);

/** Nothing when there is no lease to speak of yet. */
const withLease = <L extends object, T>(held: L | undefined, rest: T): (L & T)[] => (held ? [{ ...held, ...rest }] : []);
