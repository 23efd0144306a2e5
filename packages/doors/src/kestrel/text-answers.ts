import {
  NO_TEXT_ITEM,
  type PutRequest,
  TextParser,
  type TextRequest,
  textCount,
  textError,
  textItem,
  textWord,
} from '@tiercel/kestrel';
import { ERRORS, type TiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { After, Speech } from './connection.js';
import type { KnownQueue } from './known-queues.js';
import type { AnswersParts } from './memcache-answers.js';
import { SHUTDOWN_ALLOWED } from './memcache-upkeep.js';
import { VERSION } from './statistics.js';

type Of<K extends TextRequest['kind']> = Extract<TextRequest, { readonly kind: K }>;
type Fetch = Extract<TextRequest, { readonly waitMs: number }>;

/** The line protocol on one connection. Its errors do not close. */
export class TextAnswers implements Speech<TextRequest> {
  readonly #parts: AnswersParts;
  readonly #parser = new TextParser({ itemBytes: BOUNDS.itemBytes });

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  read(chunk: Uint8Array): readonly TextRequest[] {
    return this.#parser.push(chunk);
  }

  bytesOf(request: TextRequest): number {
    return request.kind === 'put' ? request.items.reduce((sum, { length }) => sum + length, 0) : 0;
  }

  together(): number {
    return 1;
  }

  async answer([request]: readonly TextRequest[]): Promise<After> {
    switch (request?.kind) {
      case 'put':
        return this.#put(request);
      case 'get':
      case 'peek':
      case 'monitor':
        return this.#fetch(request);
      case 'confirm':
        return this.#confirm(request);
      case 'flush':
      case 'delete':
        return this.#change(request);
      case 'status':
        return this.#status(request);
      case 'version':
        return this.#say(textWord(VERSION));
      case 'shutdown':
        return this.#shutDown();
      case 'fault':
        return this.#say(textError(request.message), request.close ? 'closes' : undefined);
      default:
        return 'closes';
    }
  }

  failed({ code }: TiercelError): After {
    return this.#say(textError(`${code}: ${ERRORS[code].sentence}`));
  }

  leave(): void {
    // what a connection holds its session gives back
  }

  /** Counts the items that are stored. Of one whose storing is in doubt nobody can say so: then that is the answer. */
  async #put({ queue, items, expiryMs }: PutRequest): Promise<After> {
    const { desk } = this.#parts;
    const known = desk.queues.of(queue);
    if (known === undefined) return this.#say(illegalName);
    if (!desk.mayWrite && items.length > 0) return this.#say(unavailable('setItem'));
    const ttl = expiryMs === undefined ? 0 : expiryMs > 0 ? expiryMs : 'over';
    const ends = await Promise.allSettled(items.map((item) => desk.set(known, item, ttl)));
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return this.#say(textCount(ends.filter((end) => end.status === 'fulfilled' && end.value).length));
  }

  /** All of them first close what is open of the queue. */
  async #fetch(request: Fetch): Promise<After> {
    const { desk, session } = this.#parts;
    const known = desk.queues.of(request.queue);
    if (known === undefined) return this.#say(illegalName);
    await session.closeAll(known);
    if (!desk.mayRead) return this.#say(unavailable(request.kind === 'monitor' ? 'monitorUntil' : 'getItem'));
    if (request.kind === 'monitor') return this.#monitor(known, request);
    const data = request.kind === 'peek' ? await session.peek(known, request.waitMs) : await this.#open(known, request.waitMs);
    return this.#tell(data);
  }

  /** Items as they come, until the time is over or as many are open as may be. */
  async #monitor(known: KnownQueue, { waitMs }: Of<'monitor'>): Promise<After> {
    const { desk, session, output } = this.#parts;
    const endsAt = desk.uptimeMs + waitMs;
    while (session.openCount(known) < BOUNDS.openReads) {
      const leftMs = endsAt - desk.uptimeMs;
      const data = leftMs > 0 ? await this.#open(known, leftMs) : undefined;
      if (data === undefined) break;
      this.#tell(data);
      if (output.isFull) await output.drained();
    }
    return this.#tell(undefined);
  }

  async #open(known: KnownQueue, waitMs: number): Promise<Uint8Array | undefined> {
    const { desk, session } = this.#parts;
    const [read] = await session.get(known, 1, waitMs);
    desk.found(known, read !== undefined);
    if (read === undefined) return undefined;
    const { data } = read;
    desk.handedOver(data.length);
    session.opened(known, read);
    return data;
  }

  async #confirm({ queue, count }: Of<'confirm'>): Promise<After> {
    const { desk, session } = this.#parts;
    const known = desk.queues.of(queue);
    if (known === undefined || count < 1 || count > session.openCount(known))
      return this.#say(textError('Not that many transactions open.'));
    await session.close(known, count);
    return this.#say(textCount(count));
  }

  async #change({ kind, queue }: Of<'flush' | 'delete'>): Promise<After> {
    const { desk, housekeeping } = this.#parts;
    if (!desk.mayWrite) return this.#say(unavailable(kind));
    const known = desk.queues.of(queue);
    if (known !== undefined) await housekeeping[kind](known);
    return this.#say(textCount(0));
  }

  #status({ level }: Of<'status'>): After {
    const { desk } = this.#parts;
    if (level === undefined) return this.#say(textWord(desk.level));
    desk.level = level;
    return this.#say(textCount(0));
  }

  #shutDown(): After {
    const { shutdown } = this.#parts;
    if (shutdown === undefined) return this.#say(textError(`Shutdown is not allowed; ${SHUTDOWN_ALLOWED}.`));
    shutdown();
    return this.#say(textCount(0), 'closes');
  }

  #tell(data: Uint8Array | undefined): After {
    this.#parts.output.add(...(data === undefined ? [NO_TEXT_ITEM] : textItem(data)));
    return undefined;
  }

  #say(reply: Uint8Array, after?: After): After {
    this.#parts.output.add(reply);
    return after;
  }
}

const illegalName = textError('Illegal queue name.');
const unavailable = (operation: string): Uint8Array => textError(`Server not available for operation ${operation}`);
