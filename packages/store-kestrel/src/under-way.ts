/** What was begun for a queue last and has not ended. */
export class UnderWay {
  readonly #last = new Map<string, Promise<void>>();

  of(name: string): Promise<void> | undefined {
    return this.#last.get(name);
  }

  /** `act` is under way until it ends, however it does. */
  add(name: string, act: Promise<void>): Promise<void> {
    this.#last.set(name, act);
    const ended = () => {
      if (this.#last.get(name) === act) this.#last.delete(name);
    };
    act.then(ended, ended);
    return act;
  }

  /** Begins when the one before has ended; one that fails has those behind it fail, too. */
  addBehind(name: string, begin: () => Promise<void>): Promise<void> {
    const before = this.of(name);
    return this.add(name, before ? before.then(begin) : begin());
  }
}
