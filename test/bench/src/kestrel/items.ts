import type { Reply } from '@tiercel/kestrel';

const CRLF = Buffer.from('\r\n');

/** Items with a number at their front, and who has seen which. */
export class Items {
  readonly #seen: Uint8Array;
  readonly #bytes: number;
  left: number;

  constructor(count: number, bytes: number) {
    this.#seen = new Uint8Array(count);
    this.#bytes = Math.max(bytes, 10);
    this.left = count;
  }

  get count(): number {
    return this.#seen.length;
  }

  /** The request that sets the item of this number. */
  set(queue: string, number: number): Buffer {
    const data = Buffer.alloc(this.#bytes, 0x78);
    data.write(String(number).padStart(10, '0'), 0, 'latin1');
    return Buffer.concat([Buffer.from(`set ${queue} 0 0 ${data.length}\r\n`), data, CRLF]);
  }

  /** Throws for an item that came twice, or is none of these. */
  take(reply: Reply): void {
    if (reply.kind !== 'item') throw new Error(`expected an item, got ${reply.kind}`);
    const number = Number(Buffer.from(reply.data.buffer, reply.data.byteOffset, 10).toString('latin1'));
    if (reply.data.length !== this.#bytes || this.#seen[number] !== 0)
      throw new Error(`item ${number} came twice, or is none of ours`);
    this.#seen[number] = 1;
    this.left--;
  }
}

/** Throws unless all were stored. */
export function requireStored(replies: readonly Reply[]): void {
  for (const { kind } of replies) if (kind !== 'stored') throw new Error(`expected stored, got ${kind}`);
}
