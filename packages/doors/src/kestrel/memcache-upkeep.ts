import { countReply, REPLIES, type Request, statusReply, versionReply } from '@tiercel/kestrel';
import type { After } from './connection.js';
import type { AnswersParts } from './memcache-answers.js';
import { VERSION } from './statistics.js';

/** Requests that are not about an item. */
export type UpkeepRequest = Exclude<
  Request,
  { readonly kind: 'set' | 'oversized' } | { readonly kind: 'get' } | { readonly kind: 'monitor' } | { readonly kind: 'confirm' }
>;

/** What is said to those of a connection of the memcache protocol. Throws what the brokers refuse with. */
export async function upkeep(request: UpkeepRequest, parts: AnswersParts): Promise<After> {
  const { desk, housekeeping, statistics, output, shutdown } = parts;
  const say = (reply: Uint8Array, after?: After): After => {
    output.add(reply);
    return after;
  };
  if (CHANGES.has(request.kind) && !desk.mayWrite) return say(REPLIES.SERVER_ERROR, 'closes');
  switch (request.kind) {
    case 'delete': {
      const known = desk.queues.of(request.queue);
      if (known) await housekeeping.delete(known);
      return say(REPLIES.DELETED);
    }
    case 'flush': {
      const known = desk.queues.of(request.queue);
      if (known) await housekeeping.flush(known);
      return say(REPLIES.END);
    }
    case 'flush_expired': {
      const known = desk.queues.of(request.queue);
      return say(countReply(known ? await housekeeping.flushExpired(known) : 0));
    }
    case 'flush_all':
      await housekeeping.flushAll();
      return say(REPLIES.FLUSHED_ALL);
    case 'flush_all_expired':
      return say(countReply(await housekeeping.flushAllExpired()));
    case 'stats':
      await output.confirmed();
      return say(await statistics.reply());
    case 'dump_stats':
      await output.confirmed();
      return say(await statistics.dump(request.queues));
    case 'version':
      return say(versionReply(VERSION));
    case 'reload':
      desk.reload();
      return say(REPLIES.RELOADED);
    case 'status':
      if (request.level === undefined) return say(statusReply(desk.level));
      desk.level = request.level;
      return say(REPLIES.END);
    case 'shutdown':
      if (shutdown === undefined) {
        desk.complaints.warn({ code: 'NOT_ALLOWED', remedy: SHUTDOWN_ALLOWED }, 'shutdown refused');
        return say(REPLIES.SERVER_ERROR, 'closes');
      }
      shutdown();
      return 'closes';
    case 'quit':
      return 'closes';
    case 'fault':
      if (request.reply === 'CLIENT_ERROR') say(REPLIES.CLIENT_ERROR);
      return request.close ? 'closes' : undefined;
  }
}

/** Who may end the process. */
export const SHUTDOWN_ALLOWED = '--kestrel-shutdown of the producer, or TIERCEL_KESTREL_SHUTDOWN=true, allows it';

/** What a status may forbid. */
const CHANGES: ReadonlySet<Request['kind']> = new Set<Request['kind']>([
  'delete',
  'flush',
  'flush_expired',
  'flush_all',
  'flush_all_expired',
]);
