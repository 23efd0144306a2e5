import { Feed, TOO_LONG } from './feed.js';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import type { BrokenReply, ErrorReply, Item, Reply } from './reply.js';
import type { ParserBounds } from './request-parser.js';

/** A reply of several lines that is not whole yet. */
type Begun =
  | { readonly kind: 'data'; readonly queue: string; readonly bytes: number; data: Uint8Array | undefined }
  | { readonly kind: 'tail'; readonly item: Item }
  | { readonly kind: 'stats'; readonly stats: Map<string, string>; readonly bytes: number };

const WORDS: ReadonlyMap<string, Reply> = new Map<string, Reply>([
  ['END', { kind: 'end' }],
  ['STORED', { kind: 'stored' }],
  ['NOT_STORED', { kind: 'not_stored' }],
  ['DELETED', { kind: 'deleted' }],
]);
const CRLF_BYTES = 2;
/** About what a statistic takes beside its text. */
const ENTRY_BYTES = 64;
const LENGTH = /^[0-9]{1,10}$/;

/** The client's end of a connection: bytes in, replies out, in order. It holds at most one line, one item or the statistics of one reply. */
export class ReplyParser {
  readonly #feed: Feed;
  readonly #itemBytes: number;
  #begun: Begun | undefined;
  #ended = false;

  constructor({ lineBytes = KESTREL_LIMITS.lineBytes, itemBytes = KESTREL_LIMITS.itemBytes }: ParserBounds = {}) {
    this.#feed = new Feed(lineBytes);
    this.#itemBytes = itemBytes;
  }

  /** Something broken has come: nothing is read any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What is held of a reply that is not whole yet: never more than the bounds, or `statsBytes` of statistics and a line. */
  get heldBytes(): number {
    return this.#feed.heldBytes + heldIn(this.#begun);
  }

  /** The replies that are whole now. Never throws. */
  push(chunk: Uint8Array): readonly Reply[] {
    if (this.#ended) return [];
    this.#feed.add(chunk);
    const replies: Reply[] = [];
    for (let next = this.#next(); next; next = this.#ended ? undefined : this.#next()) replies.push(next);
    return replies;
  }

  #next(): Reply | undefined {
    let reply: Reply | 'more' | undefined = 'more';
    while (reply === 'more') reply = this.#begun?.kind === 'data' ? this.#readData(this.#begun) : this.#readLine();
    if (reply) this.#begun = undefined;
    if (reply?.kind === 'broken') this.#ended = true;
    return reply;
  }

  #readLine(): Reply | 'more' | undefined {
    const line = this.#feed.line();
    if (line === undefined) return undefined;
    if (line === TOO_LONG) return broken('line too long');
    if (this.#begun?.kind === 'tail') return line === 'END' ? this.#begun.item : broken('item without its END', line);
    if (line.startsWith('STAT ')) return this.#readStat(line);
    if (this.#begun?.kind === 'stats')
      return line === 'END' ? { kind: 'stats', stats: this.#begun.stats } : broken('statistics without their END', line);
    return line.startsWith('VALUE ') ? this.#readHead(line) : readWord(line);
  }

  #readHead(line: string): BrokenReply | 'more' {
    const [, queue = '', , length = ''] = line.split(' ');
    const bytes = LENGTH.test(length) ? Number(length) : Number.NaN;
    if (!(bytes >= 0)) return broken('item without a length', line);
    if (bytes > this.#itemBytes) return broken('item too large', line);
    this.#begun = { kind: 'data', queue, bytes, data: undefined };
    return 'more';
  }

  #readData(begun: Begun & { kind: 'data' }): BrokenReply | 'more' | undefined {
    begun.data ??= this.#feed.block(begun.bytes);
    const { queue, data } = begun;
    const tail = data && this.#feed.block(CRLF_BYTES);
    if (!data || !tail) return undefined;
    if (tail[0] !== 0x0d || tail[1] !== 0x0a) return broken('item longer than it says');
    this.#begun = { kind: 'tail', item: { kind: 'item', queue, data } };
    return 'more';
  }

  #readStat(line: string): BrokenReply | 'more' {
    const { stats, bytes } = this.#begun?.kind === 'stats' ? this.#begun : { stats: new Map<string, string>(), bytes: 0 };
    const cost = bytes + line.length + ENTRY_BYTES;
    if (cost > KESTREL_LIMITS.statsBytes) return broken('too many statistics');
    const blank = line.indexOf(' ', 'STAT '.length);
    if (blank < 0) return broken('statistic without a value', line);
    stats.set(line.slice('STAT '.length, blank), line.slice(blank + 1));
    this.#begun = { kind: 'stats', stats, bytes: cost };
    return 'more';
  }
}

function heldIn(begun: Begun | undefined): number {
  if (begun?.kind === 'stats') return begun.bytes;
  return (begun?.kind === 'tail' ? begun.item : begun)?.data?.byteLength ?? 0;
}

/** What is one line. */
function readWord(line: string): Reply {
  const word = line.split(' ', 1)[0] as string;
  if (word === 'ERROR' || word === 'CLIENT_ERROR' || word === 'SERVER_ERROR') return errorReply(word, line);
  return WORDS.get(line) ?? { kind: 'line', text: line };
}

const errorReply = (word: ErrorReply['word'], text: string): ErrorReply => ({ kind: 'error', word, text: text.trimEnd() });

const SHOWN_CHARS = 80;

const broken = (what: string, line?: string): BrokenReply => ({
  kind: 'broken',
  reason: line === undefined ? what : `${what}: ${line.slice(0, SHOWN_CHARS).replace(/[^\x20-\x7e]/g, '?')}`,
});
