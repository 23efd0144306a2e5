import { fail } from '@tiercel/protocol';

/**
 * What goes over a connection, in both directions.
 *
 * | kind | to the owner | from the owner |
 * |---|---|---|
 * | `hello` | first of all; `text` is the version | the answer; `id` is the largest body |
 * | `serve` | `text` pattern, `body` group or nothing, `serving` its number from now on | – |
 * | `unserve` | `serving` | – |
 * | `message` | `text` subject; `id` 0 when nobody waits | the same, with `serving` and the asker's `line` |
 * | `reply` | to `id` of `line` | to `id`, also when a serve or unserve is done |
 * | `unserved` | – | nobody serves what `id` asked |
 */
export interface Frame {
  readonly kind: Kind;
  readonly id: number;
  readonly line: number;
  readonly serving: number;
  readonly text: string;
  readonly body: Uint8Array;
}

const KINDS = ['hello', 'serve', 'unserve', 'message', 'reply', 'unserved'] as const;
type Kind = (typeof KINDS)[number];

/** Bytes: length of what follows (4), kind (1), serving (4), line (4), id (6), length of the text (2); then the text and the body. */
const LENGTH_BYTES = 4;
const HEAD_BYTES = 21;
const TEXT_BYTES = 1_024;

const NOTHING = new Uint8Array();

/** What is not said is 0 or empty. */
export const frame = (kind: Kind, { id = 0, line = 0, serving = 0, text = '', body = NOTHING }: Partial<Frame> = {}): Frame => ({
  kind,
  id,
  line,
  serving,
  text,
  body,
});

/** About how much it takes; exactly for texts of one byte a letter. */
export const sizeOf = ({ text, body }: Frame): number => HEAD_BYTES + text.length + body.length;

export function encodeFrames(frames: readonly Frame[]): Buffer {
  const textBytes = frames.map(({ text }) => Buffer.byteLength(text));
  const total = frames.reduce((sum, { body }, at) => sum + HEAD_BYTES + (textBytes[at] as number) + body.length, 0);
  const out = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const [at, each] of frames.entries()) offset = writeFrame(out, offset, each, textBytes[at] as number);
  return out;
}

function writeFrame(out: Buffer, start: number, { kind, id, line, serving, text, body }: Frame, textBytes: number): number {
  out.writeUInt32LE(HEAD_BYTES - LENGTH_BYTES + textBytes + body.length, start);
  out.writeUInt8(KINDS.indexOf(kind), start + 4);
  out.writeUInt32LE(serving, start + 5);
  out.writeUInt32LE(line, start + 9);
  out.writeUIntLE(id, start + 13, 6);
  out.writeUInt16LE(textBytes, start + 19);
  out.write(text, start + HEAD_BYTES);
  out.set(body, start + HEAD_BYTES + textBytes);
  return start + HEAD_BYTES + textBytes + body.length;
}

/** Cuts a stream of bytes into frames, whose bodies are views of it. */
export class FrameReader {
  readonly #mostBytes: number;
  #chunks: Buffer[] = [];
  #have = 0;
  #need = LENGTH_BYTES;

  constructor(maxBodyBytes: number) {
    this.#mostBytes = HEAD_BYTES + TEXT_BYTES + maxBodyBytes;
  }

  /** The frames that are complete now. Throws BAD_MESSAGE for what is none; the stream is lost then. */
  *read(chunk: Buffer): Iterable<Frame> {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return; // a large frame comes in many chunks, which are joined once
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have);
    while (rest.length >= LENGTH_BYTES && rest.length >= this.#sizeOf(rest)) {
      yield readFrame(rest.subarray(0, this.#sizeOf(rest)));
      rest = rest.subarray(this.#sizeOf(rest));
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
    this.#need = rest.length >= LENGTH_BYTES ? this.#sizeOf(rest) : LENGTH_BYTES;
  }

  #sizeOf(bytes: Buffer): number {
    const size = LENGTH_BYTES + bytes.readUInt32LE();
    if (size < HEAD_BYTES || size > this.#mostBytes) fail('BAD_MESSAGE', { frameBytes: size, mostBytes: this.#mostBytes });
    return size;
  }
}

function readFrame(bytes: Buffer): Frame {
  const kind = KINDS[bytes.readUInt8(4)];
  const end = HEAD_BYTES + bytes.readUInt16LE(19);
  if (kind === undefined || end > bytes.length) return fail('BAD_MESSAGE', { frameBytes: bytes.length });
  return {
    kind,
    serving: bytes.readUInt32LE(5),
    line: bytes.readUInt32LE(9),
    id: bytes.readUIntLE(13, 6),
    text: bytes.toString('utf8', HEAD_BYTES, end),
    body: bytes.subarray(end),
  };
}
