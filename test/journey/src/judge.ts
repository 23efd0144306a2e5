/** What must hold in every world, at every step. */
const INVARIANTS = [
  'what was accepted is not lost',
  'one id is one job',
  'a stale token changes nothing',
  'one unexpired lease a job',
  'a token is granted once and grows',
  'a lease that holds is honoured',
  'the winner is told OK again',
  'one worker is told OK',
  'an ended lease comes back',
  'a final job stays so until it is revived',
  'the record says what the ledger says',
  'counts conserve',
  'tenants never mix',
  'a grant runs once',
  'who acknowledges has done the work',
  'first in, first out',
  'what is paused is not handed out',
  'a holder is warned before the next one starts',
  'effects are fenced',
  'nothing is forgotten too soon',
  'queues drain',
  'a ready job is not left lying',
  'without faults nothing is done twice',
  'a good job dies only of what befell it',
  'nothing goes round in a busy loop',
  'no call hangs or fails for ever',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  /** Virtual milliseconds since the world began. */
  readonly atMs: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Remembers what was violated. The first is what counts: after it the ledger and the storage may tell different stories. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get content(): boolean {
    return this.violations.length === 0;
  }

  blame(invariant: Invariant, facts: Violation['facts']): void {
    if (this.violations.length < 5) this.violations.push({ invariant, atMs: Math.round(this.#now()), facts });
  }
}
