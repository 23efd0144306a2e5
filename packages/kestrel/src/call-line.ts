import { fail } from '@tiercel/protocol';
import { KESTREL_LIMITS } from './kestrel-limits.js';

interface Call {
  /** What it carries when it may be under way with others that may; else `undefined`. */
  readonly sharesBytes: number | undefined;
  readonly start: () => void;
}

/** Calls one after the other, in order; neighbours that may share go together. */
export class CallLine {
  readonly #waiting: Call[] = [];
  #underWay = 0;
  #underWayBytes = 0;
  #sharing = false;

  /** Throws BUSY when too many wait, before `act` is begun. */
  async take<T>(act: () => Promise<T>, sharesBytes?: number): Promise<T> {
    if (this.#waiting.length >= KESTREL_LIMITS.waitingCalls) fail('BUSY', { waitingCalls: this.#waiting.length });
    await new Promise<void>((start) => {
      this.#waiting.push({ sharesBytes, start });
      this.#startNext();
    });
    try {
      return await act();
    } finally {
      this.#underWay--;
      this.#underWayBytes -= sharesBytes ?? 0;
      this.#startNext();
    }
  }

  #startNext(): void {
    for (let call = this.#waiting[0]; call && this.#mayStart(call); call = this.#waiting[0]) {
      this.#waiting.shift();
      this.#underWay++;
      this.#underWayBytes += call.sharesBytes ?? 0;
      this.#sharing = call.sharesBytes !== undefined;
      call.start();
    }
  }

  #mayStart({ sharesBytes }: Call): boolean {
    if (this.#underWay === 0) return true;
    const { sharingCalls, sharingBytes } = KESTREL_LIMITS;
    const room = this.#underWay < sharingCalls && this.#underWayBytes < sharingBytes;
    return sharesBytes !== undefined && this.#sharing && room;
  }
}
