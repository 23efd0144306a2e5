import { type Member, type Random, Routes, subjectMatcher } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { type Frame, frame } from './frame.js';
import { SOCKET_LIMITS } from './socket-limits.js';

/** One that is connected. */
export interface Line {
  /** Does what a frame from it asks for. Throws BAD_MESSAGE or BAD_NAME for what no frame may ask. */
  take(frame: Frame): void;
  /** It is gone, and serves nothing any more. */
  end(): void;
}

interface Serving extends Member {
  readonly line: number;
  readonly serving: number;
}

/**
 * Passes frames on between those who are connected. It keeps who serves what, and nothing of what is under way: a request carries where its
 * answer goes, and whoever asked watches the time.
 */
export class Switchboard {
  readonly #routes: Routes<Serving>;
  readonly #lines = new Map<number, (frame: Frame) => void>();
  readonly #servings = new Map<number, Map<number, Serving>>();
  #lastLine = 0;

  constructor(random: Random) {
    this.#routes = new Routes(random);
  }

  connect(deliver: (frame: Frame) => void): Line {
    const line = ++this.#lastLine;
    this.#lines.set(line, deliver);
    this.#servings.set(line, new Map());
    return {
      take: (frame) => this.#take(line, deliver, frame),
      end: () => {
        this.#lines.delete(line);
        this.#servings.delete(line);
        this.#routes.removeAll((each) => each.line === line);
      },
    };
  }

  #take(line: number, back: (frame: Frame) => void, { kind, id, line: to, serving, text, body }: Frame): void {
    if (kind === 'message') this.#pass(line, back, { id, text, body });
    else if (kind === 'reply') this.#lines.get(to)?.(frame('reply', { id, body }));
    else if (kind === 'serve') this.#serve(line, serving, text, Buffer.from(body).toString());
    else if (kind === 'unserve') this.#unserve(line, serving);
    else fail('BAD_MESSAGE', { kind });
    if (kind === 'serve' || kind === 'unserve') back(frame('reply', { id }));
  }

  #pass(line: number, back: (frame: Frame) => void, { id, text, body }: Pick<Frame, 'id' | 'text' | 'body'>): void {
    const chosen = this.#routes.choose(text);
    if (chosen.length === 0 && id !== 0) back(frame('unserved', { id }));
    for (const each of chosen) this.#lines.get(each.line)?.(frame('message', { id, line, serving: each.serving, text, body }));
  }

  #serve(line: number, serving: number, pattern: string, group: string): void {
    const own = this.#servings.get(line);
    if (!own || own.size >= SOCKET_LIMITS.servings) fail('BAD_MESSAGE', { servings: SOCKET_LIMITS.servings });
    this.#unserve(line, serving); // one that was there under this number is no more
    const known: Serving = { line, serving, matches: subjectMatcher(pattern), group: group || undefined };
    own.set(serving, known);
    this.#routes.add(known);
  }

  #unserve(line: number, serving: number): void {
    const known = this.#servings.get(line)?.get(serving);
    this.#servings.get(line)?.delete(serving);
    if (known) this.#routes.remove(known);
  }
}
