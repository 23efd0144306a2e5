/** Gives back what was acquired. */
export type UndoLast = () => void | Promise<void>;

/** What must be given back, last in first out, so that senders stop before what they send to. */
export class Undos {
  readonly #stack: UndoLast[] = [];

  push(undo: UndoLast): void {
    this.#stack.push(undo);
  }

  /** Runs every undo once, one after the other; a fault goes to `onFault` and the rest still run. */
  async run(onFault: (error: unknown) => void): Promise<void> {
    for (let undo = this.#stack.pop(); undo; undo = this.#stack.pop()) {
      try {
        await undo();
      } catch (error) {
        onFault(error);
      }
    }
  }
}
