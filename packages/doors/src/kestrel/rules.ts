import type { Clock } from '@tiercel/actors';
import type { QueueSettings, SettingsView } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';

/** What is set for the queues of one tenant. */
export interface TenantRules {
  /** As the queue says, else its tenant. */
  of(queue: string): QueueSettings;
  /** As was set for the queue itself. */
  own(queue: string): QueueSettings;
}

interface Known {
  readonly rules: TenantRules;
  readonly askedAt: number;
}

/** Settings as this door knows them: never older than a second, and read anew beside what goes on before they are. */
export class Rules {
  readonly #brokers: Brokers;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<TenantRules>>();

  constructor(brokers: Brokers, clock: Clock) {
    this.#brokers = brokers;
    this.#clock = clock;
  }

  /** At once where they are known. */
  of(tenant: string): TenantRules | Promise<TenantRules> {
    const known = this.#known.get(tenant);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - known.askedAt;
    if (known === undefined || ageMs > BOUNDS.settingsMs) return this.#ask(tenant);
    if (ageMs > BOUNDS.settingsAgainMs) void this.#ask(tenant).catch(() => {}); // who cannot do without will ask, and hear of it
    return known.rules;
  }

  /** As they are now. */
  fresh(tenant: string): Promise<TenantRules> {
    this.#asking.delete(tenant);
    return this.#ask(tenant);
  }

  /** They were changed. */
  forget(): void {
    this.#known.clear();
    this.#asking.clear();
  }

  #ask(tenant: string): Promise<TenantRules> {
    const asking = this.#asking.get(tenant);
    if (asking) return asking;
    const ask: Promise<TenantRules> = this.#read(tenant, () => this.#asking.get(tenant) === ask);
    this.#asking.set(tenant, ask);
    return ask;
  }

  async #read(tenant: string, isWanted: () => boolean): Promise<TenantRules> {
    const askedAt = this.#clock.monotonic();
    try {
      const { settings } = await this.#brokers.askAgain(tenant, 'settings', {});
      const rules = rulesOf(settings);
      if (isWanted()) this.#keep(tenant, { rules, askedAt });
      return rules;
    } finally {
      if (isWanted()) this.#asking.delete(tenant);
    }
  }

  #keep(tenant: string, known: Known): void {
    this.#known.delete(tenant);
    this.#known.set(tenant, known);
    if (this.#known.size > BOUNDS.tenants) this.#known.delete(this.#known.keys().next().value as string);
  }
}

function rulesOf(settings: readonly SettingsView[]): TenantRules {
  const told = new Map(settings.map((each) => [each.queue, each.settings]));
  const ofTenant = told.get('') ?? {};
  const merged = new Map<string, QueueSettings>();
  for (const [queue, own] of told) merged.set(queue, { ...ofTenant, ...own });
  return { of: (queue) => merged.get(queue) ?? ofTenant, own: (queue) => told.get(queue) ?? {} };
}
