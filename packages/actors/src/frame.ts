import { ActorError, type ErrorFacts, isRefusal } from './error.js';

/** Largest error frame after its first byte; longer facts are left at home. */
export const MAX_ERROR_BYTES = 4_096;
const MAX_FACTS = 32;
const REPLY = 0;
const ERROR = 1;
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Byte 0, then the encoded reply. */
export function replyFrame(reply: Uint8Array): Uint8Array {
  const frame = new Uint8Array(reply.byteLength + 1);
  frame[0] = REPLY;
  frame.set(reply, 1);
  return frame;
}

/** Byte 1, then `{code, facts}` as UTF-8 JSON. What is not a refusal travels as INTERNAL without facts. */
export function errorFrame(error: unknown): Uint8Array {
  const { code, facts } = isRefusal(error) && CODE.test(error.code) ? error : { code: 'INTERNAL', facts: {} };
  const full = utf8.encode(JSON.stringify({ code, facts: plainFacts(facts) }));
  const json = full.byteLength <= MAX_ERROR_BYTES ? full : utf8.encode(JSON.stringify({ code, facts: {} }));
  const frame = new Uint8Array(json.byteLength + 1);
  frame[0] = ERROR;
  frame.set(json, 1);
  return frame;
}

/** The encoded reply of a frame; throws what an error frame says, or BAD_MESSAGE when it is neither. */
export function readFrame(frame: Uint8Array): Uint8Array {
  if (frame[0] === REPLY) return frame.subarray(1);
  throw frame[0] === ERROR ? readError(frame.subarray(1)) : badFrame('first byte');
}

function readError(json: Uint8Array): ActorError {
  if (json.byteLength > MAX_ERROR_BYTES) return badFrame('error too long');
  try {
    const { code, facts } = JSON.parse(strictUtf8.decode(json));
    return typeof code === 'string' && CODE.test(code) ? new ActorError(code, plainFacts(facts)) : badFrame('error code');
  } catch (error) {
    return badFrame('error body', error);
  }
}

/** Only what may cross the wire; the rest is dropped, not an error, because an error about an error helps nobody. */
function plainFacts(facts: unknown): ErrorFacts {
  if (typeof facts !== 'object' || facts === null) return {};
  return Object.fromEntries(Object.entries(facts).filter(isPlainFact).slice(0, MAX_FACTS));
}

const isPlainFact = ([key, value]: [string, unknown]): boolean =>
  key !== '__proto__' && (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value));

const badFrame = (at: string, cause?: unknown): ActorError => new ActorError('BAD_MESSAGE', { at: `reply: ${at}` }, cause);
