import type { LeasedJob } from '@tiercel/protocol';

/** A job that may take its process with it: a lease of it was lost before. */
export interface Suspect {
  /** Of its lease. */
  readonly key: number;
  readonly job: LeasedJob;
}

/** The place for one suspect of a worker without children. It waits here until nothing else runs, and then runs alone. */
export class SuspectPlace {
  #suspect: Suspect | undefined;
  #begun = false;

  /** Whether one waits here, or runs. */
  get taken(): boolean {
    return this.#suspect !== undefined;
  }

  /** Only while the place is not taken. */
  wait(suspect: Suspect): void {
    this.#suspect = suspect;
    this.#begun = false;
  }

  /** The one that waits; from now on it runs. */
  begin(): Suspect | undefined {
    const suspect = this.#waiting;
    this.#begun = suspect !== undefined || this.#begun;
    return suspect;
  }

  /** The one that waits, if its key is `key` or none is given; from now on it waits no more. */
  takeBack(key?: number): Suspect | undefined {
    const suspect = this.#waiting;
    if (key !== undefined && suspect?.key !== key) return undefined;
    if (suspect) this.#suspect = undefined;
    return suspect;
  }

  /** The run of `job`, which may have been another, is over. */
  ended(job: LeasedJob): void {
    if (this.#suspect?.job === job) this.#suspect = undefined;
  }

  get #waiting(): Suspect | undefined {
    return this.#begun ? undefined : this.#suspect;
  }
}
