import { describe, expect, type TestContext, test } from 'vitest';
import type { Capabilities } from '../job-store.js';
import { atRules } from './rules/at-rules.js';
import { changeRules } from './rules/change-rules.js';
import { countersRules } from './rules/counters-rules.js';
import { enqueueRules } from './rules/enqueue-rules.js';
import { expiryRules } from './rules/expiry-rules.js';
import { inspectRules } from './rules/inspect-rules.js';
import { leaseRules } from './rules/lease-rules.js';
import { limitsRules } from './rules/limits-rules.js';
import { listRules } from './rules/list-rules.js';
import { pausingRules } from './rules/pausing-rules.js';
import { promoteRules } from './rules/promote-rules.js';
import { purgeRules } from './rules/purge-rules.js';
import { quarantineRules } from './rules/quarantine-rules.js';
import { reapRules } from './rules/reap-rules.js';
import { reserveRules } from './rules/reserve-rules.js';
import { restartRules } from './rules/restart-rules.js';
import { retentionRules } from './rules/retention-rules.js';
import { settingsRules } from './rules/settings-rules.js';
import { settleRules } from './rules/settle-rules.js';
import { waitingRules } from './rules/waiting-rules.js';
import { wholeRules } from './rules/whole-rules.js';
import { type OpenJobStore, type Setup, setupWith } from './setup.js';

/** What a driver may or may not be able to do. */
export type Ability = Exclude<keyof Capabilities, 'driver'>;

const FULL: Readonly<Record<Ability, true>> = {
  delay: true,
  priorities: true,
  fencing: true,
  duplicateIds: true,
  listing: true,
  settings: true,
  pausing: true,
  limits: true,
  purging: true,
  counters: true,
  quarantine: true,
  fanout: true,
  headRetries: true,
  sharedLeases: true,
  sharding: true,
};

/** A rule, as {@link test} takes it. */
type Rule = (title: string, run: (test: TestContext) => Promise<void>) => void;

export interface Kit {
  readonly setup: Setup;
  readonly rule: Rule;
  /** A rule only for drivers with these abilities; for others it is skipped, and its title says why. */
  needing(...abilities: readonly Ability[]): Rule;
}

/**
 * The rules every driver keeps: call it in a driver's own test file. `open` makes an empty store whose time is the given clock's;
 * `declared` are the capabilities the driver is known to have, full ones when left out: the rules of what is declared `false` are skipped visibly.
 */
export function describeJobStore(name: string, open: OpenJobStore, declared: Partial<Capabilities> = {}): void {
  const kit = kitOf(open, declared);

  describe(`${name} keeps the rules of a JobStore:`, () => {
    test('it declares what it can do', async () => {
      const { store } = await kit.setup({ shards: 3 });

      expect(store.capabilities).toMatchObject({ ...FULL, ...declared });
      expect(store.shards).toBe(declared.sharding === false ? 1 : 3);
    });

    describe('enqueue:', () => enqueueRules(kit));
    describe('reserve:', () => reserveRules(kit));
    describe('lease:', () => leaseRules(kit));
    describe('settle:', () => settleRules(kit));
    describe('reap:', () => reapRules(kit));
    describe('promote:', () => promoteRules(kit));
    describe('jobs at a date:', () => atRules(kit));
    describe('settings:', () => settingsRules(kit));
    describe('what waits:', () => waitingRules(kit));
    describe('pausing:', () => pausingRules(kit));
    describe('limits:', () => limitsRules(kit));
    describe('expiry:', () => expiryRules(kit));
    describe('lists:', () => listRules(kit));
    describe('purge:', () => purgeRules(kit));
    describe('counters:', () => countersRules(kit));
    describe('quarantine:', () => quarantineRules(kit));
    describe('the whole:', () => wholeRules(kit));
    describe('cancel and revive:', () => changeRules(kit));
    describe('retention:', () => retentionRules(kit));
    describe('inspection:', () => inspectRules(kit));
  });
}

/** The rules of drivers whose jobs are still there when the store is opened again: `open` must give `reopen`. */
export function describeRestart(name: string, open: OpenJobStore, declared: Partial<Capabilities> = {}): void {
  describe(`${name} opened again:`, () => restartRules(kitOf(open, declared)));
}

const kitOf = (open: OpenJobStore, declared: Partial<Capabilities>): Kit => ({
  setup: setupWith(open),
  rule: test,
  needing: (...abilities) => ruleNeeding(abilities, declared),
});

function ruleNeeding(abilities: readonly Ability[], declared: Partial<Capabilities>): Rule {
  const missing = abilities.filter((ability) => declared[ability] === false);
  if (missing.length === 0) return test;
  return (title, run) => test.skip(`${title} (skipped: the driver declares no ${missing.join(', no ')})`, run);
}
