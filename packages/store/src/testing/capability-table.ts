import type { Capabilities } from '../job-store.js';
import type { Ability } from './describe-job-store.js';

/** What each ability means to whoever chooses a driver. */
const MEANINGS: Readonly<Record<Ability, string>> = {
  delay: 'jobs after a delay, or at a date',
  priorities: 'ten priorities',
  fencing: 'tokens: a lease that was lost settles nothing, a repeated settle is recognised',
  duplicateIds: 'an id is stored once, for as long as its job is remembered',
  listing: 'queues, jobs by id (to see, cancel, revive, forget), and lists of any state',
  settings: 'settings that change while everything runs: leases, attempts, times to live and where they lead, retention',
  pausing: 'queues and tenants that hand out nothing',
  limits: 'queues with a bound on jobs and bytes, that refuse or drop the oldest',
  purging: 'jobs forgotten by state',
  counters: 'what happened to jobs, by queue and name and in all',
  quarantine: 'records that cannot be trusted are set aside',
  fanout: 'jobs of one tenant in one batch appear together',
  headRetries: 'a job that failed may go back to the head of its queue',
  sharedLeases: 'leases outlive the broker that granted them',
  sharding: 'tenants are spread over parts of the storage',
};

/** Drivers and what they can do, as a table in Markdown. */
export function capabilityTable(drivers: readonly Capabilities[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const abilities = Object.entries(MEANINGS) as [Ability, string][];
  return [
    row(['capability', 'what it is', ...drivers.map(({ driver }) => driver)]),
    row(['---', '---', ...drivers.map(() => '---')]),
    ...abilities.map(([ability, meaning]) =>
      row([`\`${ability}\``, meaning, ...drivers.map((can) => (can[ability] ? 'yes' : 'no'))]),
    ),
  ].join('\n');
}
