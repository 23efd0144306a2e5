import type { AnyChildSpec, Exit, Supervision } from './actor.js';
import { Cell, type Keeper } from './cell.js';
import { ActorError } from './error.js';
import type { Life, Stoppable } from './life.js';
import { fullJitter, RestartBudget } from './restart-budget.js';
import { soon } from './soon.js';
import type { Undo } from './time.js';

/** Children under one plan. Their cells, and so their refs, stay; lives come and go. */
export class Group implements Keeper, Stoppable {
  readonly cells: readonly Cell[];
  readonly #owner: Life;
  readonly #plan: Supervision;
  readonly #budget: RestartBudget;
  readonly #living: Set<Cell>;
  /** The latest recovery that claimed a cell; an older one leaves it alone. */
  readonly #claims = new Map<Cell, number>();
  readonly #waits = new Set<Undo>();
  #recoveries = 0;
  #stopping = false;

  constructor(owner: Life, plan: Supervision, specs: readonly AnyChildSpec[]) {
    this.#owner = owner;
    this.#plan = plan;
    this.#budget = new RestartBudget(plan);
    this.cells = specs.map((spec) => new Cell(owner.cell.runtime, owner.cell.path, spec, this));
    this.#living = new Set(this.cells);
    soon(() => void this.#begin(this.cells, this.#claim(this.cells)));
  }

  lifeOver(cell: Cell, exit: Exit): void {
    if (this.#stopping || !returns(cell, exit)) cell.finish(exit);
    else this.#restart(cell, exit);
  }

  left(cell: Cell): void {
    this.#living.delete(cell);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const undo of this.#waits) undo();
    for (const cell of [...this.cells].reverse()) await cell.stop();
  }

  #restart(cell: Cell, exit: Exit): void {
    const { clock, random } = this.#owner.cell.runtime;
    const before = this.#budget.spend(clock.monotonic());
    if (before === undefined) this.#escalate(cell, exit);
    else void this.#recover(cell, fullJitter(random, this.#plan.backoff, before));
  }

  async #recover(failed: Cell, delayMs: number): Promise<void> {
    const affected = this.#affected(failed);
    const claim = this.#claim(affected);
    failed.log.warn({ delayMs, strategy: this.#plan.strategy }, 'actor restarting');
    for (const cell of [...affected].reverse()) {
      await cell.suspend();
      if (cell !== failed && cell.spec.restart === 'temporary') cell.finish({ reason: 'shutdown' });
    }
    if (this.#stopping) return;
    await this.#wait(delayMs);
    await this.#begin(affected, claim);
  }

  /** Starts, one after the other, those of `cells` that are still this recovery's. */
  async #begin(cells: readonly Cell[], claim: number): Promise<void> {
    for (const cell of cells) {
      if (this.#stopping || !this.#living.has(cell) || this.#claims.get(cell) !== claim) continue;
      await cell.begin();
    }
  }

  #affected(failed: Cell): readonly Cell[] {
    const from = this.#plan.strategy === 'one_for_all' ? 0 : this.cells.indexOf(failed);
    return this.#plan.strategy === 'one_for_one' ? [failed] : this.cells.slice(from).filter((cell) => this.#living.has(cell));
  }

  #claim(cells: readonly Cell[]): number {
    const claim = ++this.#recoveries;
    for (const cell of cells) this.#claims.set(cell, claim);
    return claim;
  }

  /** The owner's end stops the other children, in reverse order. */
  #escalate(cell: Cell, exit: Exit): void {
    const cause = exit.reason === 'crash' ? exit.error : undefined;
    const { maxRestarts, withinMs } = this.#plan;
    cell.finish(exit);
    const error = new ActorError('INTERNAL', { reason: 'restart budget spent', child: cell.path, maxRestarts, withinMs }, cause);
    this.#owner.cell.over(this.#owner, { reason: 'crash', error });
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const undo = this.#owner.cell.runtime.clock.after(delayMs, () => {
        this.#waits.delete(undo);
        resolve();
      });
      this.#waits.add(undo);
    });
  }
}

function returns({ spec: { restart = 'permanent' } }: Cell, exit: Exit): boolean {
  return restart === 'permanent' || (restart === 'transient' && exit.reason === 'crash');
}
