import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../job-store.js';
import { changeRules } from './rules/change-rules.js';
import { enqueueRules } from './rules/enqueue-rules.js';
import { inspectRules } from './rules/inspect-rules.js';
import { leaseRules } from './rules/lease-rules.js';
import { promoteRules } from './rules/promote-rules.js';
import { reapRules } from './rules/reap-rules.js';
import { reserveRules } from './rules/reserve-rules.js';
import { retentionRules } from './rules/retention-rules.js';
import { settleRules } from './rules/settle-rules.js';
import { type OpenJobStore, type Setup, setupWith } from './setup.js';

type Ability = 'delay' | 'fencing' | 'duplicateIds' | 'listing' | 'priorities';

/** A rule, as {@link test} takes it. */
type Rule = (title: string, run: () => Promise<void>) => void;

export interface Kit {
  readonly setup: Setup;
  readonly rule: Rule;
  /** A rule only for drivers with this ability; for others it is skipped, and its title says why. */
  needing(ability: Ability): Rule;
}

/**
 * The rules every driver keeps: call it in a driver's own test file. `open` makes an empty store whose time is the given clock's;
 * `declared` are the capabilities the driver is known to have, full ones when left out: the rules of what is declared `false` are skipped visibly.
 */
export function describeJobStore(name: string, open: OpenJobStore, declared: Partial<Capabilities> = {}): void {
  const kit: Kit = { setup: setupWith(open), rule: test, needing: (ability) => ruleNeeding(ability, declared) };

  describe(`${name} keeps the rules of a JobStore:`, () => {
    test('it declares what it can do', async () => {
      const { store } = await kit.setup({ shards: 3 });

      const full = { delay: true, fencing: true, duplicateIds: true, listing: true, priorities: true };
      expect(store.capabilities).toMatchObject({ ...full, ...declared });
      expect(store.shards).toBe(3);
    });

    describe('enqueue:', () => enqueueRules(kit));
    describe('reserve:', () => reserveRules(kit));
    describe('lease:', () => leaseRules(kit));
    describe('settle:', () => settleRules(kit));
    describe('reap:', () => reapRules(kit));
    describe('promote:', () => promoteRules(kit));
    describe('cancel and revive:', () => changeRules(kit));
    describe('retention:', () => retentionRules(kit));
    describe('inspection:', () => inspectRules(kit));
  });
}

function ruleNeeding(ability: Ability, declared: Partial<Capabilities>): Rule {
  if (declared[ability] !== false) return test;
  return (title, run) => test.skip(`${title} (skipped: the driver declares no ${ability})`, run);
}
