import { intBelow, type Random } from '@tiercel/actors';
import { seededRandom } from '@tiercel/actors/testing';
import { type Reply, ReplyParser, type Request, RequestParser, TextParser, type TextRequest } from './index.js';
import { BOUNDS, replyTranscript, requestTranscript, textTranscript } from './transcripts.test.kit.js';

type Said = Request | Reply | TextRequest;

interface Parser {
  push(chunk: Uint8Array): readonly Said[];
  readonly ended: boolean;
  readonly heldBytes?: number;
}

/** What is fuzzed: a parser, and what it is fed with. */
export interface Fuzzed {
  readonly open: () => Parser;
  readonly transcript: (random: Random) => Buffer;
}

const HELD_MOST = BOUNDS.lineBytes + BOUNDS.itemBytes + 500; // statistics of a transcript

export const FUZZED = {
  requests: { open: () => new RequestParser(BOUNDS), transcript: requestTranscript },
  'the line protocol': { open: () => new TextParser(BOUNDS), transcript: textTranscript },
  replies: { open: () => new ReplyParser(BOUNDS), transcript: replyTranscript },
} satisfies Record<string, Fuzzed>;

/** What one seed shows to be wrong, or `undefined`. */
export function faultOf({ open, transcript }: Fuzzed, seed: number): string | undefined {
  const random = seededRandom(seed);
  const bytes = transcript(random);
  const whole = outcome(open(), [bytes]);
  for (const chunks of cuts(bytes, random)) {
    const got = outcome(open(), chunks);
    if (got !== whole) return `seed ${seed}: ${JSON.stringify(chunks.map(text))} is ${got}, in one piece it is ${whole}`;
  }
  return undefined;
}

/** Two pieces at every byte; every byte alone; pieces of any length. */
function* cuts(bytes: Buffer, random: Random): Iterable<readonly Buffer[]> {
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  yield inPieces(bytes, () => intBelow(random, 8));
}

export function inPieces(bytes: Buffer, length: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = at + length();
    pieces.push(bytes.subarray(at, to)); // an empty one too
    at = to;
  }
  return pieces;
}

/** All that comes out, as text: read only at the end, so that what was handed out and written over shows. */
export function outcome(parser: Parser, chunks: readonly Uint8Array[]): string {
  const all: Said[] = [];
  for (const chunk of chunks) {
    all.push(...parser.push(chunk));
    if ((parser.heldBytes ?? 0) > HELD_MOST) return `holds ${parser.heldBytes} bytes`;
  }
  return JSON.stringify([all.map(told), parser.ended]);
}

function told(one: Said): object {
  if ('items' in one) return { ...one, items: one.items.map(text) };
  if ('data' in one) return { ...one, data: text(one.data) };
  return one.kind === 'stats' && 'stats' in one ? { ...one, stats: [...one.stats] } : one;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
