import { Packr } from 'msgpackr';
import { connect, type Msg, type NatsConnection } from 'nats';
import type { JobData, Scene } from '../contestant.js';

// The messages, all of them msgpack:
// put    [id, bytes, id, bytes, …], job, job, …   so many bytes each, which nobody opens before the consumer; the answer is OK, or a fault
// turn   [want, id, id, …]       the ids are acknowledged, and so many jobs wanted, as soon as there are any
// jobs   acked, job, job, …      one value after another: how many ids of a turn are acknowledged, and what was taken for the inbox

export const SUBJECT = { put: 'bare.put', turn: 'bare.turn' } as const;
export const OK = 'OK';
export type Job = readonly [id: string, data: JobData];

/** Plain maps: definitions of records would have to be known to whoever opens one job alone. */
export const packr = new Packr({ useRecords: false });

export function connectTo({ ports }: Scene): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${ports.nats}`, noAsyncTraces: true, reconnect: false });
}

/** Hands over each message; an error of the subscription ends the process, which no measure survives. */
export function listen(nats: NatsConnection, subject: string, take: (message: Msg) => void): void {
  const callback = (error: Error | null, message: Msg): void => {
    if (error) throw error;
    take(message);
  };
  nats.subscribe(subject, { callback });
}
