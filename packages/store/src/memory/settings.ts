import { DEFAULTS, type QueueSettings, type SettingName, type SettingsChange, type SettingsView } from '@tiercel/protocol';
import type { Retention } from '../job-store.js';

/** What holds for a queue now: every setting has a value. */
export type Rules = Required<QueueSettings> & Pick<Retention, 'keepAtLeastMs'>;

/** What was set for queues and tenants of a shard, and what follows for each queue. */
export class Settings {
  readonly #installation: Rules;
  /** By tenant, then by queue; '' is the tenant itself. */
  readonly #told = new Map<string, Map<string, QueueSettings>>();

  constructor(retention: Retention) {
    this.#installation = { ...UNSET, ...retention };
  }

  /** As the queue says, else its tenant, else the installation; both pause. */
  rulesOf(tenant: string, queue: string): Rules {
    const told = this.#told.get(tenant);
    if (!told) return this.#installation;
    const [ofTenant, ofQueue] = [told.get(''), told.get(queue)];
    return { ...this.#installation, ...ofTenant, ...ofQueue, paused: (ofTenant?.paused || ofQueue?.paused) ?? false };
  }

  /** As they were set; `{}` when none are. */
  of(tenant: string, queue: string): QueueSettings {
    return this.#told.get(tenant)?.get(queue) ?? {};
  }

  /** By queue; '' first. */
  all(tenant: string): SettingsView[] {
    const views = Array.from(this.#told.get(tenant) ?? [], ([queue, settings]) => ({ queue, settings }));
    return views.sort((a, b) => (a.queue < b.queue ? -1 : 1));
  }

  /** In place of what was set; `{}` leaves nothing behind. */
  put(tenant: string, queue: string, settings: QueueSettings): void {
    const told = this.#told.get(tenant) ?? new Map<string, QueueSettings>();
    if (Object.keys(settings).length > 0) this.#told.set(tenant, told.set(queue, settings));
    else if (told.delete(queue) && told.size === 0) this.#told.delete(tenant);
  }
}

/** Settings with a change made to them. */
export function changed(settings: QueueSettings, { set, clear }: SettingsChange): QueueSettings {
  const kept = Object.entries(settings).filter(([name]) => !clear.includes(name as SettingName));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) };
}

/** What holds where nobody says otherwise. */
const UNSET: Required<Omit<QueueSettings, keyof Retention>> = {
  paused: false,
  leaseMs: DEFAULTS.leaseMs,
  attempts: DEFAULTS.attempts,
  maxAgeMs: 0,
  expireTo: '',
  maxItems: 0,
  maxBytes: 0,
  maxItemBytes: 0,
  whenFull: 'refuse',
  fanout: '',
  fanoutOnly: false,
  maxAborts: 0,
};
