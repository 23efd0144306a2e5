import { survives } from '@tiercel/host';
import { besideOf } from '@tiercel/kestrel-worker';
import { decodeName, NEVER_MS, type QueueView, type SettingsView } from '@tiercel/protocol';
import { age, jobs } from './measure.js';
import type { Living } from './roll.js';

type Level = 'ok' | 'warn' | 'fail';

/** One line of what the doctor says. */
export interface Finding {
  readonly check: string;
  readonly level: Level;
  readonly says: string;
  /** What mends it; of what is not ok. */
  readonly remedy?: string;
}

/** What an installation told of itself. */
export interface Symptoms {
  readonly version: string;
  readonly namespace: string;
  readonly tenant: string;
  /** Over a socket. */
  readonly isLocal: boolean;
  /** `undefined`: this credential may not hear it. */
  readonly living: readonly Living[] | undefined;
  /** `undefined`: nobody answered. */
  readonly view: TenantView | undefined;
}

/** What a tenant may see. */
export interface TenantView {
  readonly queues: readonly QueueView[];
  readonly settings: readonly SettingsView[];
  /** Records set aside that were found at a look. */
  readonly quarantined: number;
}

const CLOCK_MS = 2_000;
const OLD_MS = 5 * 60_000;
/** Of what a queue may hold. */
const NEARLY = 0.9;

/** Everything that can be told without asking further, one finding for each check and each oddity. */
export function diagnose(symptoms: Symptoms): readonly Finding[] {
  const { living, view, tenant } = symptoms;
  return [
    ...(living === undefined
      ? [deaf(symptoms)]
      : isServedByProgram(symptoms)
        ? [PROGRAM, ...alike(symptoms, living), ...consumersOf(living)]
        : [brokers(living), ...alike(symptoms, living), ...storage(living), consumers(living)]),
    ...(view === undefined ? [] : queues(tenant, view, living ?? [])),
  ];
}

const ok = (check: string, says: string): Finding => ({ check, level: 'ok', says });
const warn = (check: string, says: string, remedy: string): Finding => ({ check, level: 'warn', says, remedy });
const bad = (check: string, says: string, remedy: string): Finding => ({ check, level: 'fail', says, remedy });

const deaf = ({ namespace }: Symptoms): Finding =>
  warn(
    'processes',
    'this credential may not hear who lives, so services, versions, storage and clocks were not looked at',
    `run it with the credential of the operator, which may subscribe to tiercel.${namespace}._sys.>`,
  );

/** Somebody answers, and no broker says that it lives: a program that called `Tiercel.connect()`, which says nothing of itself. */
const isServedByProgram = ({ isLocal, living = [], view }: Symptoms): boolean =>
  isLocal && view !== undefined && living.every(({ storage }) => storage === undefined);

const PROGRAM = ok('brokers', 'a program keeps the jobs and serves them; it and its workers say nothing of themselves');

/** Where a program may perform jobs as well nobody is missed. */
const consumersOf = (living: readonly Living[]): Finding[] => (living.some(({ serves }) => serves) ? [consumers(living)] : []);

function brokers(living: readonly Living[]): Finding {
  const seen = living.flatMap(({ storage }) => storage ?? []);
  const serving = seen.filter((each) => each.serving).length;
  if (serving === seen.length && serving > 0) return ok('brokers', `${serving} serving`);
  if (serving > 0)
    return warn('brokers', `${seen.length - serving} of ${seen.length} are not asked: their storage is down`, MEND_STORAGE);
  return bad('brokers', 'none that serves was heard', 'start one with `tiercel start broker-adapter`, and see its log');
}

const MEND_STORAGE = 'see their log, and `/readyz` where they have a --health-port';

/** Of nobody there is nothing to compare. */
const alike = ({ version }: Symptoms, living: readonly Living[]): Finding[] =>
  living.length === 0 ? [] : [versions(living, version), clocks(living)];

function versions(living: readonly Living[], own: string): Finding {
  const others = living.filter(({ version }) => version !== own);
  if (others.length === 0) return ok('versions', `${own} everywhere`);
  const which = [...new Set(others.map(({ service, version }) => `${service} ${version}`))];
  return warn('versions', `this command is ${own}, but ${which.join(', ')}`, 'run one version everywhere');
}

function storage(living: readonly Living[]): Finding[] {
  const seen = living.flatMap(({ storage: one }) => one ?? []);
  const engines = [...new Set(seen.map(({ engine }) => engine))];
  const [one] = seen;
  if (one === undefined) return [];
  const kept = `${one.engine} keeps jobs, which survive ${survives(one.durability)} (${one.durability})`;
  return [
    durability(one, kept),
    ...(engines.length > 1
      ? [bad('storage', `brokers have different ones: ${engines.join(', ')}`, 'give all brokers the same --store')]
      : []),
    one.unknown.includes('eviction')
      ? warn(
          'eviction',
          'the storage does not say whether it evicts',
          isSilent(one) ? ASK_WHO_RUNS_IT : 'let the broker read `maxmemory-policy`, which must be noeviction',
        )
      : ok('eviction', 'none: a broker starts on no storage that evicts'),
  ];
}

type Storage = NonNullable<Living['storage']>;

function durability(one: Storage, kept: string): Finding {
  const { durability: is } = one;
  if (is === 'memory') return warn('durability', kept, 'name a storage that keeps them, and see docs/durability.md');
  if (is === 'unknown') return warn('durability', kept, isSilent(one) ? ASK_WHO_RUNS_IT : READ_CONFIGURATION);
  return ok('durability', kept);
}

/** Kestrel's protocol has no word for what a server keeps. */
const isSilent = ({ engine }: Storage): boolean => engine.startsWith('kestrel ');
const ASK_WHO_RUNS_IT = 'no broker can ask such a server, so ask whoever runs it; docs/durability.md has what is known';
const READ_CONFIGURATION = 'let the broker read the configuration of the storage; docs/durability.md has the rights';

function clocks(living: readonly Living[]): Finding {
  const jumped = living.find(({ storage: one }) => one !== undefined && one.clockJumpMs !== 0)?.storage;
  if (jumped)
    return warn('clocks', `that of the storage jumped by ${age(Math.abs(jumped.clockJumpMs))} in the last ten minutes`, MEND_CLOCK);
  const [worst] = [...living].sort((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs));
  if (worst === undefined || Math.abs(worst.aheadMs) <= CLOCK_MS) return ok('clocks', `within ${age(CLOCK_MS)} of this machine`);
  const side = worst.aheadMs > 0 ? 'ahead of' : 'behind';
  return warn('clocks', `that of ${worst.instance} is ${age(Math.abs(worst.aheadMs))} ${side} this machine`, MEND_CLOCK);
}

const MEND_CLOCK = 'keep clocks with NTP, and let it slew rather than step';

function consumers(living: readonly Living[]): Finding {
  const serving = living.flatMap(({ serves, leases }) => (serves ? [{ slots: serves.slots, leases }] : []));
  if (serving.length === 0) return warn('consumers', 'none was heard', 'start one with `tiercel start consumer --handlers FILE`');
  const sum = (what: 'slots' | 'leases') => serving.reduce((total, each) => total + each[what], 0);
  return ok('consumers', `${serving.length}, which hold ${jobs(sum('leases'))} and have ${sum('slots')} slots`);
}

function queues(tenant: string, view: TenantView, living: readonly Living[]): Finding[] {
  const odd = [
    ...beside(view),
    ...unserved(tenant, view, living),
    ...view.queues.flatMap((queue) => queueOddities(queue, settingsOf(view.settings, queue.queue))),
    ...setAside(tenant, view),
  ];
  return odd.length > 0 ? odd : [ok('queues', `${view.queues.length} of tenant ${tenant}, nothing odd`)];
}

/** `tiercel consume` leaves its jobs here: those to be tried again it takes by itself, and the others nobody is meant to take. */
const isBeside = (queue: string): boolean => besideOf(decodeName(queue)) !== undefined;

function beside({ queues }: TenantView): Finding[] {
  return queues.flatMap(({ queue, ready }) => {
    const { queue: of, as } = besideOf(decodeName(queue)) ?? {};
    return ready > 0 && as !== undefined ? [ok(`queue ${queue}`, `${jobs(ready)} of ${of}, ${LEFT[as]}`)] : [];
  });
}

const LEFT = {
  errors: 'which `tiercel consume` tries again',
  dead: 'which `tiercel consume` gave up; set again on that queue, one is tried again',
  quarantine: 'which are no jobs; `tiercel consume` set them aside',
};

/** Queues with work that nobody takes. Who could not be heard may serve them, and so may workers of the library, which say nothing of themselves. */
function unserved(tenant: string, view: TenantView, living: readonly Living[]): Finding[] {
  if (living.length === 0) return [];
  const all = living.flatMap(({ serves }) => serves ?? []).filter((each) => each.tenant === '' || each.tenant === tenant);
  const isServed = (queue: string) => all.some((each) => each.queues.includes('*') || each.queues.includes(queue));
  const idle = view.queues.filter(
    ({ queue, ready, leased, paused }) => ready > 0 && leased === 0 && !paused && !isBeside(queue) && !isServed(queue),
  );
  return idle.map(({ queue, ready }) =>
    warn(
      `queue ${queue}`,
      `${jobs(ready)} ready, and no consumer serves it`,
      `start one with \`tiercel start consumer --queue ${queue} --handlers FILE\``,
    ),
  );
}

function setAside(tenant: string, { quarantined }: TenantView): Finding[] {
  if (quarantined === 0) return [];
  const remedy = 'see docs/durability.md; `tiercel queue purge --quarantined` forgets them';
  return [bad('quarantine', `${quarantined} or more records of tenant ${tenant} cannot be trusted`, remedy)];
}

const settingsOf = (settings: readonly SettingsView[], queue: string): SettingsView['settings'] =>
  Object.assign({}, ...settings.filter((each) => each.queue === '' || each.queue === queue).map((each) => each.settings));

function queueOddities(
  { queue, ready, scheduled, dead, bytes, oldestMs, paused }: QueueView,
  set: SettingsView['settings'],
): Finding[] {
  const check = `queue ${queue}`;
  const { maxItems = 0, maxBytes = 0 } = set;
  const found: Finding[] = [];
  if (paused && ready > 0)
    found.push(warn(check, `paused, with ${jobs(ready)} ready`, `\`tiercel queue resume ${queue}\`, or --all`));
  else if (ready > 0 && oldestMs > OLD_MS && oldestMs < NEVER_MS && !isBeside(queue))
    found.push(
      warn(
        check,
        `a job is ready for ${age(oldestMs)}, and ${jobs(ready)} wait`,
        'add consumers, or see with `tiercel workers` what holds those there are',
      ),
    );
  if (dead > 0)
    found.push(
      warn(
        check,
        `${dead} dead`,
        `\`tiercel dead ls --queue ${queue}\` says why; \`tiercel dead revive --all --queue ${queue}\` tries again`,
      ),
    );
  if ((maxItems > 0 && ready + scheduled >= maxItems * NEARLY) || (maxBytes > 0 && bytes >= maxBytes * NEARLY))
    found.push(
      warn(check, 'nearly as full as its settings allow', `\`tiercel queue set ${queue} maxItems=… maxBytes=…\`, or add consumers`),
    );
  return found;
}
