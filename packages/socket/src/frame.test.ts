import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrames, type Frame, FrameReader, frame } from './frame.js';

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const aFrame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom('hello', 'serve', 'unserve', 'message', 'reply', 'unserved'),
  id: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  line: number,
  serving: number,
  text: fc.string({ maxLength: 40, unit: 'grapheme' }),
  body: fc.uint8Array({ maxLength: 300 }),
});

/** All that comes of bytes that arrive in pieces of these lengths, again and again. */
function readInPieces(bytes: Buffer, lengths: readonly number[]): Frame[] {
  const reader = new FrameReader(300);
  const got: Frame[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] as number;
    for (const each of reader.read(bytes.subarray(at, at + length))) got.push({ ...each, body: Uint8Array.from(each.body) });
    at += length;
  }
  return got;
}

test('frames come out as they went in, however their bytes are cut', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(aFrame, { maxLength: 8 }), lengths, (frames, pieces) => {
      expect(readInPieces(encodeFrames(frames), pieces)).toEqual(frames);
    }),
  );
});

test('bytes that are no frame are BAD_MESSAGE, never more and never a wait without end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4_000, maxLength: 5_000 }), (noise) => {
      try {
        readInPieces(Buffer.from(noise), [1_000]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_MESSAGE' });
      }
    }),
  );
});

test.each([
  ['a length below its head', (bytes: Buffer) => bytes.writeUInt32LE(3)],
  ['a length beyond what is allowed', (bytes: Buffer) => bytes.writeUInt32LE(2_000_000)],
  ['an unknown kind', (bytes: Buffer) => bytes.writeUInt8(99, 4)],
  ['a text longer than the frame', (bytes: Buffer) => bytes.writeUInt16LE(500, 19)],
])('%s is refused', (_, spoil) => {
  const bytes = encodeFrames([frame('message', { id: 1, text: 'a', body: new Uint8Array(10) })]);
  spoil(bytes);

  expect(() => readInPieces(bytes, [1_000])).toThrow(/BAD_MESSAGE/);
});
