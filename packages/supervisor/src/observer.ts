import type { Actor } from '@tiercel/actors';
import type { Presence, SysProtocol } from '@tiercel/protocol';

/** What it is told: signs of life, and ends that somebody else saw. */
export type ObserverProtocol = Pick<SysProtocol, 'alive' | 'gone'>;

/** Consumers as it knows them now; for `/readyz`. */
export interface Observed {
  readonly consumers: number;
  /** Declared gone since it began. */
  readonly gone: number;
}

export interface ObserverOptions {
  /** Asks whether a consumer is connected; must not throw. */
  readonly ask: (instance: string) => Promise<'present' | 'silent' | 'absent' | 'unknown'>;
  /** Tells whether this process's own wire is up, now and at every change; returns the undo. */
  readonly watchWire: (notify: (up: boolean) => void) => () => void;
  /** Told once of every consumer that is gone without having said goodbye. */
  readonly onGone: (owner: string, reason: string) => void;
  /** Told at every change. */
  readonly onChange?: (observed: Observed) => void;
}

const OBSERVER_LIMITS = {
  /** A consumer that gives no sign for so long is asked for; it gives one a second. */
  silentMs: 1_500,
  /** How often the silent ones are looked for. */
  lookMs: 250,
  /**
   * After this process's own connection was made, others may still be on the way to theirs: a consumer not heard of since is not declared gone
   * before this, which is longer than a reconnect takes.
   */
  settleMs: 10_000,
  /** More are left to the end of their leases. */
  consumers: 10_000,
} as const;

interface Known {
  heardAtMs: number;
  askedAtMs: number;
}

interface Observing extends ObserverProtocol {
  // What follows it sends itself.
  wire(up: boolean): void;
  look(body: null): void;
  asked(answer: {
    instance: string;
    heardAtMs: number;
    wires: number;
    attendance: Awaited<ReturnType<ObserverOptions['ask']>>;
  }): void;
}

/**
 * Watches consumers that others start: under a container engine, say, which starts a dead one again but tells nobody that its leases may come
 * back. Silence alone proves nothing, a process may be slow or paused; so whoever is silent is asked for, and only a consumer to
 * which nobody is connected any more is declared gone. When that was wrong its leases are lost and fenced, no more.
 */
export const observer = ({ ask, watchWire, onGone, onChange = () => {} }: ObserverOptions): Actor<ObserverProtocol> =>
  ((ctx) => {
    const { silentMs, lookMs, settleMs, consumers } = OBSERVER_LIMITS;
    const known = new Map<string, Known>();
    let wireUpAtMs: number | undefined;
    let wires = 0;
    let gone = 0;
    const nowMs = () => ctx.clock.monotonic();
    const changed = () => onChange({ consumers: known.size, gone });

    function forget(instance: string): void {
      if (known.delete(instance)) changed();
    }

    function meet(instance: string): void {
      if (known.size >= consumers) return;
      known.set(instance, { heardAtMs: nowMs(), askedAtMs: Number.NEGATIVE_INFINITY });
      ctx.log.info({ consumer: instance }, 'consumer seen');
      changed();
    }

    /** Whether a consumer had the time to come back to a server that was away. */
    const settled = ({ heardAtMs }: Known): boolean =>
      wireUpAtMs !== undefined && (heardAtMs > wireUpAtMs || nowMs() - wireUpAtMs >= settleMs);

    ctx.onStop(watchWire((up) => ctx.result('wire', up)));
    ctx.after(lookMs, 'look', null);

    return {
      alive({ service, instance, stopping }: Presence) {
        if (service !== 'consumer') return;
        const heard = known.get(instance);
        if (stopping) forget(instance);
        else if (heard) heard.heardAtMs = nowMs();
        else meet(instance);
      },

      gone({ owner, reason }) {
        forget(owner);
        onGone(owner, reason);
      },

      wire(up) {
        wires++;
        wireUpAtMs = up ? nowMs() : undefined;
      },

      look() {
        for (const [instance, one] of known) {
          const { heardAtMs, askedAtMs } = one;
          if (!settled(one) || nowMs() - Math.max(heardAtMs, askedAtMs) < silentMs) continue;
          one.askedAtMs = nowMs();
          const asking = wires;
          void ask(instance).then((attendance) => ctx.result('asked', { instance, heardAtMs, wires: asking, attendance }));
        }
        ctx.after(lookMs, 'look', null);
      },

      asked({ instance, heardAtMs, wires: asking, attendance }) {
        if (attendance !== 'absent' || asking !== wires || known.get(instance)?.heardAtMs !== heardAtMs) return;
        gone++;
        forget(instance);
        ctx.log.warn({ consumer: instance, silentMs: Math.round(nowMs() - heardAtMs) }, 'consumer gone');
        onGone(instance, 'its connection ended');
      },
    };
  }) as Actor<Observing> as unknown as Actor<ObserverProtocol>;
