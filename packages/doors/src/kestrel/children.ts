import { fail, fanoutOf, LIMITS, type QueueSettings } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import type { Rules, TenantRules } from './rules.js';

/** What a child takes over from its parent as it comes into being. */
const INHERITED = ['leaseMs', 'maxAgeMs', 'expireTo', 'maxItems', 'maxBytes', 'maxItemBytes', 'whenFull', 'maxAborts'] as const;

/** The fan-out children of queues, kept where everybody sees them: in the settings of their parents. */
export class Children {
  readonly #brokers: Brokers;
  readonly #rules: Rules;

  constructor(brokers: Brokers, rules: Rules) {
    this.#brokers = brokers;
    this.#rules = rules;
  }

  /** From now on what is set on the parent goes to the child too. Throws BAD_OPTION when it has all it may have, BUSY when others change the same all the time. */
  async add(child: string, parent: string): Promise<void> {
    const rules = await this.#rules.fresh(this.#brokers.home);
    requireRoom(child, fanoutOf(rules.own(parent).fanout ?? ''));
    await this.#inherit(child, parent, rules);
    await this.#change(parent, (children) => (children.includes(child) ? children : [...children, child]));
  }

  async remove(child: string, parent: string): Promise<void> {
    await this.#change(parent, (children) => children.filter((each) => each !== child));
  }

  /** Settings are replaced as a whole, and another door may do so in between: so it is looked at again behind the change. */
  async #change(parent: string, change: (children: readonly string[]) => readonly string[]): Promise<void> {
    const { home } = this.#brokers;
    for (let attempt = 0; attempt < BOUNDS.registrations; attempt++) {
      const { fanout = '' } = (await this.#rules.fresh(home)).own(parent);
      const changed = change(fanoutOf(fanout)).join(',');
      if (changed === fanout) return;
      const told = changed === '' ? ({ set: {}, clear: ['fanout'] } as const) : ({ set: { fanout: changed }, clear: [] } as const);
      await this.#brokers.askAgain(home, 'control', { queue: parent, ...told }, { topic: parent });
    }
    fail('BUSY', { queue: parent });
  }

  async #inherit(child: string, parent: string, rules: TenantRules): Promise<void> {
    const { home } = this.#brokers;
    const own = rules.own(parent);
    const set = Object.fromEntries(INHERITED.filter((name) => own[name] !== undefined).map((name) => [name, own[name]]));
    if (set.expireTo === child) delete set.expireTo;
    if (Object.keys(set).length === 0 || Object.keys(rules.own(child)).length > 0) return;
    await this.#brokers.askAgain(home, 'control', { queue: child, set: set as QueueSettings, clear: [] }, { topic: child });
  }
}

/** Asked first, so that a child that cannot be leaves no settings behind. */
function requireRoom(child: string, children: readonly string[]): void {
  if (children.length >= LIMITS.fanoutQueues && !children.includes(child))
    fail('BAD_OPTION', { option: 'fanout', expected: `${LIMITS.fanoutQueues} children at most; DELETE one`, got: child });
}
