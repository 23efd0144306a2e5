import type { Transport } from '@tiercel/actors';

/** What one part of a service knows of itself; what is there besides `ok` is for whoever looks. Plain values, no secrets. */
export interface Checked {
  readonly ok: boolean;
  readonly [fact: string]: unknown;
}

/** Asked at each request, so it answers from what it knows. */
export type Check = () => Checked;

/** Where a service is on its way. */
export type Phase = 'starting' | 'running' | 'draining';

/** Whether a service does its work: it runs, and every part of it is well. */
export class Readiness {
  readonly #checks = new Map<string, Check>();
  readonly #phase: () => Phase;

  constructor(phase: () => Phase) {
    this.#phase = phase;
  }

  /** The name is a member of the report. */
  add(name: string, check: Check): void {
    this.#checks.set(name, check);
  }

  report(): Checked {
    const phase = this.#phase();
    const parts = Object.fromEntries(Array.from(this.#checks, ([name, check]) => [name, check()]));
    return { ok: phase === 'running' && Object.values(parts).every(({ ok }) => ok), phase, ...parts };
  }
}

/** Whether the wire to the other services is up. */
export function wireCheck(transport: Pick<Transport, 'watch'>): Check {
  let ok = false;
  transport.watch((up) => {
    ok = up;
  });
  return () => ({ ok });
}
