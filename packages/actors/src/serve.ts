import type { Cell } from './cell.js';
import { ActorError, isRefusal } from './error.js';
import { errorFrame, replyFrame } from './frame.js';
import { type Asker, Message } from './message.js';
import type { Codec, Inbound, Shape, Transport } from './transport.js';

export interface ServeOptions {
  /** Systems that serve a pattern under one group share its messages; without one each gets all. */
  readonly group?: string;
}

/** Lets an actor be reached on `<pattern>.<kind>.*`, one subscription a kind; all or none. Returns the undo. */
export async function serveCell<P>(
  transport: Transport,
  pattern: string,
  cell: Cell,
  codec: Codec<P>,
  options: ServeOptions,
): Promise<() => Promise<void>> {
  const kinds = Object.entries(codec) as [string, { body: Shape<unknown>; reply: Shape<unknown> }][];
  const undos = await Promise.allSettled(
    kinds.map(([kind, { body, reply }]) =>
      transport.serve(`${pattern}.${kind}.*`, (inbound) => receive(transport, cell, kind, body, reply, inbound), options),
    ),
  );
  const undoAll = async () => {
    await Promise.all(undos.map((undo) => undo.status === 'fulfilled' && undo.value()));
  };
  const failed = undos.find((undo) => undo.status === 'rejected');
  if (!failed) return undoAll;
  await undoAll();
  throw failed.reason;
}

function receive(
  transport: Transport,
  cell: Cell,
  kind: string,
  bodyShape: Shape<unknown>,
  replyShape: Shape<unknown>,
  inbound: Inbound,
): void {
  const asker = inbound.respond && answering(transport, cell, replyShape, inbound.respond.bind(inbound));
  try {
    const body = bodyShape.decode(inbound.body);
    cell.post(new Message(kind, body, { subject: inbound.subject, bytes: inbound.body.byteLength }, asker));
  } catch (error) {
    const refusal = isRefusal(error) ? error : new ActorError('BAD_MESSAGE', { kind }, error);
    cell.log.debug({ err: refusal, subject: inbound.subject }, 'message refused');
    asker?.reject(refusal);
  }
}

/** Answers over the wire. It has no timer: the asker at the other end has one. */
function answering(transport: Transport, cell: Cell, shape: Shape<unknown>, respond: (frame: Uint8Array) => void): Asker {
  let open = true;
  const send = (encode: () => Uint8Array) => {
    if (!open) return;
    open = false;
    try {
      respond(frameOf(transport, cell, encode));
    } catch (err) {
      cell.log.warn({ err }, 'reply not sent');
    }
  };
  return {
    resolve: (reply) => send(() => replyFrame(shape.encode(reply))),
    reject: (error) => send(() => errorFrame(error)),
  };
}

/** The frame, or an error frame when the reply cannot be encoded or is too large. */
function frameOf(transport: Transport, cell: Cell, encode: () => Uint8Array): Uint8Array {
  try {
    return fitting(transport, encode());
  } catch (err) {
    cell.log.error({ err }, 'reply not encoded');
    return errorFrame(err);
  }
}

function fitting({ maxBytes }: Transport, frame: Uint8Array): Uint8Array {
  if (frame.byteLength > maxBytes) throw new ActorError('PAYLOAD_TOO_LARGE', { bytes: frame.byteLength, maxBytes });
  return frame;
}
