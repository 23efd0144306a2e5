import { type Inbound, Replies, type Transport, type Undo } from '@tiercel/actors';
import { type ErrorCode, fail, isReplySubject } from '@tiercel/protocol';
import type { Msg } from 'nats';
import { Link, type LinkOptions, type Subscribing } from './link.js';
import { NATS_LIMITS } from './nats-limits.js';

export interface NatsOptions extends LinkOptions {
  /** First tokens of the subject that answers come back on; begins with `_INBOX`, which is also the default. */
  readonly inboxPrefix?: string;
  /** Largest body in bytes; 1 MiB by default, lowered to the server's `max_payload`. */
  readonly maxBytes?: number;
}

/** What was dropped, since the start. */
export interface NatsCounts {
  /** Requests whose reply subject a service must not answer on. */
  badReply: number;
  /** Answers that came after their request had ended. */
  lateReply: number;
  /** Answers of ours that could not be sent. */
  lostReply: number;
}

export interface NatsTransport extends Transport {
  readonly counts: Readonly<NatsCounts>;
  /** Version of the server that is connected; '' while there is none. */
  readonly server: string;
}

/** A subject without blank, wildcard or control character; those would break or bend the line it is written into. */
const SUBJECT = /^[\x21-\x29\x2b-\x3d\x3f-\x7e]{1,255}$/;

/**
 * A Transport over NATS. While the server is away `send` returns false and `request` fails at once; the connection comes back by
 * itself. Bodies handed over are views of a receive buffer.
 *
 * A consumer of messages that is slow holds up its own socket; the server cuts it after its `write_deadline`, so handlers
 * must only take over what they get.
 *
 * Throws UNREACHABLE after `firstConnectMs` (5,000 by default) and ACCESS_DENIED, both naming the URL without credentials, and BAD_OPTION.
 */
export async function connectNats(options: NatsOptions): Promise<NatsTransport> {
  const { clock, random, log, inboxPrefix = '_INBOX', maxBytes = NATS_LIMITS.bodyBytes } = options;
  const inbox = `${inboxPrefix}.${Buffer.from(random.bytes(12)).toString('hex')}.`;
  if (!isReplySubject(`${inbox}x`)) fail('BAD_OPTION', { option: 'inboxPrefix', expected: '_INBOX…', got: inboxPrefix });

  const counts: NatsCounts = { badReply: 0, lateReply: 0, lostReply: 0 };
  const replies = new Replies(clock, NATS_LIMITS.pendingRequests);
  const link = await Link.open(options, { pattern: `${inbox}*`, onMessage: takeReply }, (subject) =>
    replies.failAll('ACCESS_DENIED', { url: link.url }, (each) => each === subject),
  );
  link.watch((up) => up || replies.failAll('NO_ANSWER', { reason: 'disconnected' }));
  let closed = false;

  function takeReply(message: Msg): void {
    const token = Number.parseInt(message.subject.slice(inbox.length), 36);
    const known = isNoResponders(message) ? replies.fail(token, 'UNREACHABLE') : replies.answer(token, message.data);
    if (!known) counts.lateReply++;
  }

  function takeRequest(message: Msg, handle: (message: Inbound) => void): void {
    const { reply } = message;
    if (reply && !isReplySubject(reply)) {
      counts.badReply++;
      log.debug({ subject: message.subject }, 'request with a forbidden reply subject dropped');
      return;
    }
    try {
      handle(inbound(message, reply));
    } catch (err) {
      log.error({ err, subject: message.subject }, 'message handler threw'); // out of here it would end the library's read loop
    }
  }

  function inbound(message: Msg, reply: string | undefined): Inbound {
    const { subject, data: body } = message;
    return reply ? { subject, body, respond: (answer) => respond(reply, answer) } : { subject, body };
  }

  function respond(reply: string, answer: Uint8Array): void {
    requireFit(reply, answer);
    if (link.full || !link.publish(reply, answer)) counts.lostReply++;
  }

  const limit = () => Math.min(maxBytes, link.maxPayload);

  /** The server cuts the whole connection, with all requests under way, for one message over its limit. */
  function requireFit(subject: string, body: Uint8Array): void {
    if (body.length > limit()) fail('PAYLOAD_TOO_LARGE', { subject, bytes: body.length, maxBytes: limit() });
    if (!SUBJECT.test(subject)) fail('BAD_NAME', { kind: 'subject', expected: SUBJECT.source });
  }

  const refusal = (): ErrorCode | undefined => (closed ? 'STOPPED' : !link.up ? 'UNREACHABLE' : link.full ? 'BUSY' : undefined);

  return {
    counts,
    get server() {
      return link.version;
    },
    get maxBytes() {
      return limit();
    },
    async serve(pattern, handle, { group } = {}) {
      const subscribing: Subscribing = { pattern, group, onMessage: (message) => takeRequest(message, handle) };
      await link.subscribe(subscribing);
      return () => link.unsubscribe(subscribing);
    },
    send(subject, body) {
      requireFit(subject, body);
      return refusal() === undefined && link.publish(subject, body);
    },
    async request(subject, body, { timeoutMs, signal }) {
      requireFit(subject, body);
      const refused = refusal();
      if (refused) fail(refused, { subject, url: link.url });
      const { token, reply } = replies.expect({ subject, timeoutMs, signal });
      if (!link.publish(subject, body, inbox + token.toString(36))) replies.fail(token, 'UNREACHABLE', { url: link.url });
      return reply;
    },
    watch: (notify): Undo => link.watch(notify),
    async close() {
      closed = true;
      replies.failAll('STOPPED');
      await link.close();
    },
  };
}

/** The server's own answer when nobody serves the subject: no body and the status 503. */
const isNoResponders = (message: Msg): boolean => message.data.length === 0 && message.headers?.code === 503;
