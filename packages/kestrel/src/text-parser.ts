import { Feed, TOO_LONG } from './feed.js';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import type { ParserBounds } from './request-parser.js';
import { isPut, lineTooLong, lostTheEnd, readTextLine, wordsOf } from './text-line.js';
import type { TextRequest } from './text-request.js';

/** A line that ended with a colon, and the lines behind it so far. */
interface Block {
  readonly words: readonly string[];
  readonly tooLong: boolean;
  readonly items: Uint8Array[];
  bytes: number;
  /** Lines behind it, whatever became of them. */
  lines: number;
  dropped: number;
}

/** The server's end of a connection of the line protocol: bytes in, requests out, in order. It holds at most one line and one `put`. */
export class TextParser {
  readonly #feed: Feed;
  readonly #lineBytes: number;
  readonly #itemBytes: number;
  #block: Block | undefined;
  #skipping = false;
  #ended = false;

  constructor({ lineBytes = KESTREL_LIMITS.lineBytes, itemBytes = KESTREL_LIMITS.itemBytes }: ParserBounds = {}) {
    this.#feed = new Feed(Math.max(lineBytes, itemBytes) + CR_BYTES);
    this.#lineBytes = lineBytes;
    this.#itemBytes = itemBytes;
  }

  /** A fault that closes, or a quit, has come: nothing is read any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The requests that are whole now. Never throws. */
  push(chunk: Uint8Array): readonly TextRequest[] {
    if (this.#ended) return [];
    this.#feed.add(chunk);
    const requests: TextRequest[] = [];
    for (let line = this.#line(); line !== undefined; line = this.#ended ? undefined : this.#line()) {
      const request = this.#block ? this.#inBlock(this.#block, line) : this.#atStart(line);
      if (!request) continue;
      this.#ended = request.kind === 'quit' || (request.kind === 'fault' && request.close);
      requests.push(request);
    }
    return requests;
  }

  #line(): string | typeof TOO_LONG | undefined {
    if (this.#skipping && !this.#feed.skipLine()) return undefined;
    this.#skipping = false;
    return this.#feed.line();
  }

  #atStart(line: string | typeof TOO_LONG): TextRequest | undefined {
    if (line === TOO_LONG) return lostTheEnd;
    const tooLong = line.length > this.#lineBytes;
    if (line.endsWith(':')) this.#block = aBlock(tooLong ? [] : wordsOf(line.slice(0, -1)), tooLong);
    else return tooLong ? lineTooLong : readTextLine(wordsOf(line), NOTHING);
    return undefined;
  }

  /** The line behind the last item a `put` may have ends it like an empty one, and is lost. */
  #inBlock(block: Block, line: string | typeof TOO_LONG): TextRequest | undefined {
    this.#skipping = line === TOO_LONG;
    if (line !== '' && block.lines < KESTREL_LIMITS.putItems) return void keep(block, line, this.#itemBytes);
    this.#block = undefined;
    return block.tooLong ? lineTooLong : readTextLine(block.words, block);
  }
}

/** Of the end of a line, and so of no line. */
const CR_BYTES = 1;

const NOTHING = { items: [], dropped: 0 };

const aBlock = (words: readonly string[], tooLong: boolean): Block => ({
  words,
  tooLong,
  items: [],
  bytes: 0,
  lines: 0,
  dropped: 0,
});

/** What would be over the bounds is dropped, and so is all that is behind what is over the bound of the whole: what is stored is a beginning. */
function keep(block: Block, line: string | typeof TOO_LONG, itemBytes: number): void {
  block.lines++;
  const fits = line !== TOO_LONG && line.length <= itemBytes;
  if (fits) block.bytes += line.length;
  if (!fits || block.bytes > KESTREL_LIMITS.putBytes) block.dropped++;
  else if (isPut(block.words)) block.items.push(Buffer.from(line, 'latin1'));
}
