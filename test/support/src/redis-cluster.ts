import { connect, type Socket } from 'node:net';
import { engineSource } from './engine.js';
import { freePort } from './port.js';
import { redis, startRedis } from './redis-server.js';
import type { Server } from './server.js';
import { eventually, within } from './wait.js';

const PRIMARIES = 3;
const SLOTS = 16_384;
/** How long a node may be silent before the others call it dead. */
const NODE_TIMEOUT_MS = 1_000;
const BOUND = { answerMs: 5_000, joinMs: 30_000 } as const;

export interface ClusterNode {
  readonly server: Server;
  readonly port: number;
  /** Where the other nodes reach it. */
  readonly busPort: number;
  /** How the other nodes call it. */
  readonly id: string;
}

export interface RedisCluster {
  /** Names one primary and one replica: a client has to find the others. */
  readonly url: string;
  /** Those that were primaries at first; `replicas[n]` followed `primaries[n]`. Who is what changes with every failover. */
  readonly primaries: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  stop(): Promise<void>;
}

/** Why no cluster can be started here; undefined when one can. Containers would each need an address that both sides can reach. */
export function noRedisCluster(): string | undefined {
  const source = engineSource(redis);
  return 'binary' in source ? undefined : `a cluster needs ${redis.command} on the PATH`;
}

/**
 * Starts three primaries and three replicas as processes on 127.0.0.1 and joins them to one cluster. What it takes comes from the nodes
 * themselves, told in their own protocol. `config` lines are for all of them.
 */
export async function startRedisCluster({ config = '' }: { config?: string } = {}): Promise<RedisCluster> {
  const nodes = await startNodes(2 * PRIMARIES, config);
  const stop = async () => void (await Promise.all(nodes.map((node) => node.server.stop())));
  const [primaries, replicas] = [nodes.slice(0, PRIMARIES), nodes.slice(PRIMARIES)];
  try {
    await join(primaries, replicas);
  } catch (error) {
    await stop();
    throw error;
  }
  const [first, last] = [primaries[0]!, replicas.at(-1)!];
  return { url: `${first.server.url},127.0.0.1:${last.port}`, primaries, replicas, stop };
}

async function startNodes(count: number, config: string): Promise<ClusterNode[]> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startNode(config)));
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (!failed) return nodes;
  await Promise.all(nodes.map((node) => node.server.stop()));
  throw failed.reason;
}

async function startNode(config: string): Promise<ClusterNode> {
  const busPort = await freePort();
  const lines = [
    'cluster-enabled yes',
    `cluster-port ${busPort}`,
    `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
    'cluster-replica-validity-factor 0',
    'repl-diskless-sync-delay 0',
    'repl-ping-replica-period 1',
  ];
  const server = await startRedis({ config: `${lines.join('\n')}\n${config}` });
  const port = Number(new URL(server.url).port);
  return { server, port, busPort, id: await tell(port, 'CLUSTER MYID') };
}

async function join(primaries: readonly ClusterNode[], replicas: readonly ClusterNode[]): Promise<void> {
  const nodes = [...primaries, ...replicas];
  for (const [at, { port }] of nodes.entries()) await tell(port, `CLUSTER SET-CONFIG-EPOCH ${at + 1}`);
  for (const [at, { port }] of primaries.entries()) await tell(port, `CLUSTER ADDSLOTSRANGE ${spanOf(at)}`);
  const first = nodes[0]!;
  for (const { port, busPort } of nodes.slice(1)) await tell(first.port, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`);
  for (const { port } of nodes) await until(port, 'CLUSTER INFO', (info) => knowsAll(info, nodes.length));
  for (const [at, { port }] of replicas.entries()) await tell(port, `CLUSTER REPLICATE ${primaries[at]!.id}`);
  for (const { port } of replicas) await until(port, 'INFO replication', (info) => info.includes('master_link_status:up'));
  for (const { port } of nodes) await until(port, 'CLUSTER NODES', (text) => text.match(/\bslave\b/g)?.length === PRIMARIES);
}

const spanOf = (at: number): string => `${Math.ceil((at * SLOTS) / PRIMARIES)} ${Math.ceil(((at + 1) * SLOTS) / PRIMARIES) - 1}`;

const knowsAll = (info: string, count: number): boolean =>
  info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);

const until = (port: number, command: string, isSo: (answer: string) => boolean): Promise<unknown> =>
  eventually(async () => isSo(await tell(port, command)), { withinMs: BOUND.joinMs, what: `${command} of a cluster` });

/** Sends one line, as a person at a terminal would, and returns the answer without its punctuation. Throws what the server refuses with. */
async function tell(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${command}\r\nQUIT\r\n`);
    const answer = await within(BOUND.answerMs, command, readAll(socket));
    if (answer.startsWith('-')) throw new Error(`${command}: ${answer.slice(1).split('\r\n')[0]}`);
    return answer
      .split('\r\n')
      .filter((line) => line !== '' && !/^[*$]\d+$/.test(line))
      .slice(0, -1)
      .join('\n');
  } finally {
    socket.destroy();
  }
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
