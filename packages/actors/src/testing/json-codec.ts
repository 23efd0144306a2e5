import type { Codec, Shape } from '../transport.js';

/** A codec for the contracts of tests: JSON, unchecked. */
export function jsonCodec<P>(...kinds: (keyof P)[]): Codec<P> {
  return Object.fromEntries(kinds.map((kind) => [kind, { body: json, reply: json }])) as unknown as Codec<P>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const json: Shape<unknown> = {
  encode: (value) => encoder.encode(value === undefined ? '' : JSON.stringify(value)),
  decode: (bytes) => (bytes.byteLength === 0 ? undefined : JSON.parse(decoder.decode(bytes))),
};
