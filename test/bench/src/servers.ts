import type { Contestant, Scene, ServerName } from './contestant.js';
import { beanstalkd } from './servers/beanstalkd.js';
import type { BenchServer } from './servers/bench-server.js';
import { jetstream, nats } from './servers/nats.js';
import { postgres } from './servers/postgres.js';
import { rabbitmq } from './servers/rabbitmq.js';
import { redis } from './servers/redis.js';

const START: Readonly<Record<ServerName, () => Promise<BenchServer>>> = { redis, nats, jetstream, postgres, beanstalkd, rabbitmq };

/** The fresh servers of one run. */
export interface RoundServers {
  readonly ports: Scene['ports'];
  /** By name. */
  readonly pids: Readonly<Record<string, number | undefined>>;
  /** Version and configuration of each. */
  readonly told: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The one that keeps jobs; none for a contestant that does so itself. */
  readonly storage: BenchServer | undefined;
  close(): Promise<void>;
}

/** Starts them with nothing in them, and makes sure that they keep what they are given. */
export async function startServers(needs: Contestant['servers']): Promise<RoundServers> {
  const started = await Promise.allSettled(needs.map((name) => START[name]()));
  const servers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async () => void (await Promise.all(servers.map((server) => server.close())));
  const fault = started.find((each) => each.status === 'rejected');
  if (fault) {
    await close();
    throw fault.reason;
  }
  const by = <T>(of: (server: BenchServer) => T) =>
    Object.fromEntries(servers.map((server, at) => [needs[at] as string, of(server)]));
  return {
    ports: { redis: 0, nats: 0, jetstream: 0, postgres: 0, beanstalkd: 0, rabbitmq: 0, ...by(({ port }) => port) },
    pids: by(({ pid }) => pid),
    told: by(({ version, config }) => ({ version, ...config })),
    storage: servers[0],
    close,
  };
}
