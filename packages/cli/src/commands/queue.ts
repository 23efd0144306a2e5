import { jobAsJson, type TenantClient } from '@tiercel/client';
import {
  type Counted,
  fail,
  type JobView,
  LIMITS,
  PURGE_STATES,
  type PurgeState,
  type QueueView,
  requireName,
} from '@tiercel/protocol';
import { type ConfirmFlags, confirm } from '../confirm.js';
import { asTenant, type CommonFlags } from '../connection.js';
import { age, jobs as count, size } from '../measure.js';
import { readWhole } from '../number.js';
import { print } from '../print.js';
import { jobAsFacts } from '../readable.js';
import { readSettings, settingAsWord } from '../setting-words.js';
import { type Cell, facts, table } from '../table.js';

export interface QueueFlags extends CommonFlags {
  /** The whole tenant. */
  readonly all?: boolean;
}

export interface PeekFlags extends CommonFlags {
  readonly count?: string;
}

export interface PurgeFlags extends CommonFlags, ConfirmFlags {
  readonly state?: readonly string[];
  readonly quarantined?: boolean;
}

export async function ls(flags: CommonFlags): Promise<void> {
  const [queues, whose] = await asTenant(flags, async (tenant) => [await tenant.queues(), tenant.tenant] as const);
  print(flags, queues, () => depths(queues) || `no queues of tenant ${whose}`);
}

export async function stats(name: string | undefined, flags: CommonFlags): Promise<void> {
  if (name !== undefined) requireName('queue', name);
  const { queues, counters, tenant } = await asTenant(flags, async (as) => {
    const isMeant = ({ queue }: { readonly queue: string }) => queue === (name ?? queue);
    const [found, counted] = await Promise.all([as.queues(), as.counters()]);
    return { tenant: as.tenant, queues: found.filter(isMeant), counters: counted.filter(isMeant) };
  });
  const none = name === undefined ? `no queues of tenant ${tenant}` : `no queue ${name} of tenant ${tenant}`;
  print(flags, { tenant, queues, counters }, () => [depths(queues), counts(counters)].filter(Boolean).join('\n\n') || none);
}

export async function peek(name: string, { count: asked = '1', ...flags }: PeekFlags): Promise<void> {
  const most = readWhole('--count', asked, 1, LIMITS.listPage);
  const jobs = await asTenant(flags, (tenant) => tenant.peek(name, most));
  const shown = (job: JobView) => facts(jobAsFacts(job));
  print(flags, jobs.map(jobAsJson), () => jobs.map(shown).join('\n\n') || `queue ${name} has nothing that is ready`);
}

export async function pause(name: string | undefined, flags: QueueFlags): Promise<void> {
  const queue = queueOrAll(name, flags);
  const whose = await asTenant(flags, async (tenant) => tenant.pause(queue).then(() => tenant.tenant));
  print(flags, { tenant: whose, queue, paused: true }, () => `${named(queue, whose)} hands out nothing more`);
}

export async function resume(name: string | undefined, flags: QueueFlags): Promise<void> {
  const queue = queueOrAll(name, flags);
  const [whose, still] = await asTenant(flags, async (tenant) => {
    await tenant.resume(queue);
    return [tenant.tenant, queue !== '' && (await pausedAsAWhole(tenant))] as const;
  });
  const but = still ? `, but tenant ${whose} is paused: \`tiercel queue resume --all\`` : '';
  print(flags, { tenant: whose, queue, paused: still }, () => `${named(queue, whose)} is resumed${but}`);
}

/** Shows what is set when nothing is to be. */
export async function set(name: string | undefined, words: readonly string[], { all, ...flags }: QueueFlags): Promise<void> {
  const asked = name !== undefined && (all || name.includes('=')) ? [name, ...words] : words;
  if (asked.length === 0) return settings(all ? '' : name, flags);
  const queue = queueOrAll(asked === words ? name : undefined, { all: all === true });
  const { set: values, clear } = readSettings(asked);
  const whose = await asTenant(flags, async (tenant) => tenant.set(queue, values, clear).then(() => tenant.tenant));
  print(flags, { tenant: whose, queue, set: values, clear }, () => `${named(queue, whose)} has ${asked.join(' ')}`);
}

export async function purge(name: string | undefined, { state, quarantined, yes, ...flags }: PurgeFlags): Promise<void> {
  if (quarantined ? name !== undefined || state !== undefined : name === undefined)
    fail('BAD_OPTION', { argument: 'queue', expected: 'the name of a queue, or --quarantined alone', got: name ?? 'nothing' });
  const states = quarantined ? (['quarantined'] as const) : (state ?? ['ready', 'scheduled']).map(stateOf);
  const { removed, more, tenant } = await asTenant(flags, (as) => purgeAs(as, name, states, yes === true), PURGE_MS);
  const where = quarantined ? `tenant ${tenant}` : named(name ?? '', tenant);
  print(
    flags,
    { tenant, queue: name ?? '', removed, more },
    () => `${count(removed)} of ${where} forgotten${more ? '; there are more' : ''}`,
  );
}

/** Someone may have to think before they say yes. */
const PURGE_MS = 3_600_000;

async function purgeAs(tenant: TenantClient, name: string | undefined, states: readonly PurgeState[], yes: boolean) {
  if (name === undefined) {
    await confirm(
      { yes },
      `this forgets all records of tenant ${tenant.tenant} that were set aside, with what can still be read of them`,
    );
    return { tenant: tenant.tenant, ...(await tenant.purge({ states })) };
  }
  const queue = (await tenant.queues()).find((each) => each.queue === name);
  const doomed = queue === undefined ? 0 : doomedOf(queue, states);
  if (doomed === 0) return { tenant: tenant.tenant, removed: 0, more: false };
  const most = states.some((each) => FINISHED.includes(each)) ? 'up to ' : '';
  await confirm({ yes }, `this forgets ${most}${count(doomed)} (${states.join(', ')}) of ${named(name, tenant.tenant)}`);
  return { tenant: tenant.tenant, ...(await tenant.purge({ queue: name, states })) };
}

/** Of these a queue tells only how many there are together. */
const FINISHED: readonly PurgeState[] = ['completed', 'cancelled', 'expired'];

function doomedOf(queue: QueueView, states: readonly PurgeState[]): number {
  const kinds = new Set(states.map((state) => (FINISHED.includes(state) ? 'finished' : state)));
  return [...kinds].reduce((sum, kind) => sum + queue[kind as 'ready' | 'scheduled' | 'dead' | 'finished'], 0);
}

const stateOf = (text: string): PurgeState =>
  PURGE_STATES.slice(0, -1).find((state) => state === text) ??
  fail('BAD_OPTION', { option: '--state', expected: `of ${PURGE_STATES.slice(0, -1).join(', ')}`, got: text.slice(0, 40) });

async function settings(name: string | undefined, flags: CommonFlags): Promise<void> {
  const [found, whose] = await asTenant(flags, async (tenant) => [await tenant.settings(), tenant.tenant] as const);
  const meant = found.filter(({ queue }) => queue === (name ?? queue));
  const rows = meant.map(({ queue, settings: own }) => [
    queue || '(all)',
    Object.entries(own)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => settingAsWord(key, value))
      .join(' '),
  ]);
  print(flags, meant, () => table(['queue', 'settings'], rows) || `nothing is set for ${named(name ?? '', whose)}`);
}

const pausedAsAWhole = async (tenant: TenantClient): Promise<boolean> =>
  (await tenant.settings()).some(({ queue, settings: own }) => queue === '' && own.paused === true);

/** '' for the whole tenant, which takes a word of its own. */
function queueOrAll(name: string | undefined, { all }: QueueFlags): string {
  if (all ? name !== undefined : name === undefined)
    fail('BAD_OPTION', {
      argument: 'queue',
      expected: 'the name of a queue, or --all',
      got: name === undefined ? 'neither' : 'both',
    });
  return name ?? '';
}

const named = (queue: string, tenant: string): string => (queue === '' ? `tenant ${tenant}` : `queue ${queue} of tenant ${tenant}`);

const depths = (queues: readonly QueueView[]): string =>
  table(['queue', 'ready', 'scheduled', 'leased', 'dead', 'finished', 'waiting', 'oldest', ''], queues.map(depthOf));

const depthOf = ({ queue, ready, scheduled, leased, dead, finished, bytes, oldestMs, paused }: QueueView): Cell[] => [
  ...[queue, ready, scheduled, leased, dead, finished],
  ...[size(bytes), ready > 0 ? age(oldestMs) : '-', paused ? 'paused' : ''],
];

const COUNTS = ['enqueued', 'started', 'succeeded', 'failed', 'retried', 'expired', 'dead', 'cancelled', 'discarded'] as const;

const counts = (counters: readonly Counted[]): string =>
  table(
    ['queue', 'job', ...COUNTS],
    counters.map((each) => [each.queue, each.name || '(others)', ...COUNTS.map((what) => each[what])]),
  );
