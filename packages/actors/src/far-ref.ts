import type { AskOptions, Kind, Ref } from './actor.js';
import { readFrame } from './frame.js';
import type { Runtime } from './runtime.js';
import { requireToken } from './subject.js';
import type { Codec, Transport } from './transport.js';

const ANY_TOPIC = '_any';

/** A ref over a transport: `kind` on `topic` goes to the subject `<path>.<kind>.<topic, or _any>`. */
export function farRef<P>(runtime: Runtime, transport: Transport, path: string, codec: Codec<P>): Ref<P> {
  const subject = (kind: string, topic = ANY_TOPIC) => `${path}.${kind}.${requireToken(topic)}`;
  return {
    path,
    tell(kind, body, topic) {
      const sent = transport.send(subject(kind, topic), codec[kind].body.encode(body as never));
      if (!sent) runtime.counters.deadLetters++;
      return sent;
    },
    async ask<K extends Kind<P>>(kind: K, body: unknown, { topic, ...patience }: AskOptions) {
      const frame = await transport.request(subject(kind, topic), codec[kind].body.encode(body as never), patience);
      return codec[kind].reply.decode(readFrame(frame)) as never;
    },
  };
}
