import type { JobState, Settlement } from '@tiercel/protocol';
import type { ReserveRequest, TenantJob } from '../../job-store.js';
import { aJob } from '../builders.js';
import { aRelease, aReserve } from '../setup.js';
import { compareAll, compareDead } from './dump.js';
import type { Game } from './game.js';
import type { Command, CommandOf, SettlementPick } from './sequence.js';
import { reapAll, sweepAll } from './sweeping.js';
import { IDS, queueOf } from './world.js';

/** All of both stores is compared after so many commands, and at the end. */
const COMPARE_EVERY = 10;

/** Plays commands on both stores of a duel. Throws at the first difference. */
export async function play(game: Game, commands: readonly Command[]): Promise<void> {
  for (const [at, command] of commands.entries()) {
    try {
      await playOne(game, command);
      if (at % COMPARE_EVERY === COMPARE_EVERY - 1 || at === commands.length - 1) await compareAll(game.duel);
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
    const batch = items.map((item) => jobOf(game, item));
    const verdicts = await game.duel.ask('enqueue', (store) => store.enqueue(batch));
    for (const { code } of verdicts) game.duel.count(`enqueue ${code}`);
  },

  async reserve(game, { wants, ...told }) {
    const shard = game.shardOf(wants[0]!.tenant);
    await reserve(game, { ...told, wants: wants.filter(({ tenant }) => game.shardOf(tenant) === shard) });
  },

  async extend(game, { items }) {
    const batch = items.flatMap(({ leaseMs, ...pick }) => withLease(game.pick(pick), { leaseMs }));
    for (const { tenant } of batch) game.see(game.shardOf(tenant));
    const codes = await game.duel.ask('extend', (store) => store.extend(batch));
    for (const code of codes) game.duel.count(`extend ${code}`);
  },

  async settle(game, { items }) {
    const batch = items.flatMap((pick) => {
      const lease = game.pick(pick);
      return withLease(lease, lease && outcomeOf(game, lease.tenant, pick)) as Settlement[];
    });
    const codes = await game.duel.ask('settle', (store) => store.settle(batch));
    for (const [at, code] of codes.entries()) {
      game.duel.count(`settle ${code}`);
      if (code === 'OK') game.settled(batch[at]!.token);
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

  list: (game, { tenant, queue, limit }) => compareDead(game.duel, tenant, queue, limit),

  async wear(game, { want, times, delivered, ...told }) {
    const shard = game.shardOf(want.tenant);
    for (let time = 0; time < times; time++) {
      const jobs = await reserve(game, { ...told, wants: [want], max: 1, maxBytes: 1 });
      const batch = delivered ? jobs.flatMap((lease) => withLease(game.lastGrant(lease.tenant, lease.id), { leaseMs: 10 })) : [];
      await game.duel.ask('extend', (store) => store.extend(batch));
      game.clock.advance(delivered ? 10 : told.deliveryLeaseMs);
      await reapAll(game, shard, 100, []);
    }
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
  const { jobs } = await game.duel.ask('reserve', (store) => store.reserve(request));
  game.remember(jobs);
  if (jobs.some(({ lostLeases }) => lostLeases > 0)) game.duel.count('reserve a suspect');
  if (jobs.length > 1) game.duel.count('reserve several');
  return jobs;
}

async function idsIn(game: Game, tenant: string, state: JobState): Promise<string[]> {
  const views = await game.duel.model.find(tenant, IDS, { payload: false });
  return views.flatMap((view) => (view?.state === state ? [view.id] : []));
}

function jobOf(game: Game, { edition, ...told }: CommandOf<'enqueue'>['items'][number]): TenantJob {
  game.see(game.shardOf(told.tenant));
  const nth = IDS.indexOf(told.id);
  const queue = told.queue === 'own' ? queueOf(told.id) : told.queue;
  const payload = new Uint8Array(edition * 7 + nth * 3).fill(255 - edition);
  return aJob({ ...told, queue, delayMs: game.unusedDelay(told.tenant, told.delayMs), payload, encoding: 'raw' });
}

function outcomeOf(game: Game, tenant: string, pick: SettlementPick) {
  game.see(game.shardOf(tenant));
  const { outcome, delayMs, spend, lost, head, reason, resultBytes } = pick;
  if (outcome === 'ack') return { outcome, ...(resultBytes > 0 && { result: new Uint8Array(resultBytes).fill(resultBytes) }) };
  if (outcome === 'bury') return { outcome, reason };
  return aRelease({ delayMs: game.unusedDelay(tenant, delayMs), spend, lost, head: head && delayMs === 0, reason });
}

/** Nothing when there is no lease to speak of yet. */
const withLease = <L extends object, T>(lease: L | undefined, rest: T): (L & T)[] => (lease ? [{ ...lease, ...rest }] : []);
