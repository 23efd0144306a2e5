import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstWords, freePort, tool } from '@tiercel/test-support';
import type { BenchServer } from './bench-server.js';
import { startDaemon } from './daemon.js';

/** The wrapper on the PATH would change the user. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const VERSION = /"version":|version\D*([\d.]+)/;
const HELLO = 'AMQP\0\0\x09\x01';

/** With a port mapper of its own, which Erlang would otherwise start for the machine and leave behind. */
export async function rabbitmq(): Promise<BenchServer> {
  tool('rabbitmq-server');
  const mapper = await startMapper();
  try {
    const daemon = await startDaemon({
      name: 'rabbitmq',
      prepare: (dir) => writeFileSync(join(dir, 'enabled_plugins'), '[].\n'),
      command: (dir, port) => ({ file: SERVER, args: [], env: environment(dir, port, mapper) }),
      probe: (port) => firstWords('127.0.0.1', port, HELLO),
    });
    const { dir, port, pid } = daemon;
    const close = async () => {
      await daemon.close();
      await mapper.close();
    };
    return {
      ...{ port, pid, close },
      version: VERSION.exec((await firstWords('127.0.0.1', port, HELLO)) ?? '')?.[1] ?? 'unknown',
      config: { queue: 'classic, durable', messages: 'persistent, confirmed' },
      jobBytes: async () => bytesIn(join(dir, 'mnesia')),
    };
  } catch (error) {
    await mapper.close();
    throw error;
  }
}

interface Mapper {
  readonly port: number;
  readonly distributionPort: number;
  close(): Promise<void>;
}

async function startMapper(): Promise<Mapper> {
  const distributionPort = await freePort();
  const { port, close } = await startDaemon({
    name: 'epmd',
    command: (_dir, port) => ({ file: tool('epmd', ['erlang-base']), args: ['-port', String(port), '-address', '127.0.0.1'] }),
    probe: (port) => firstWords('127.0.0.1', port, '\0\x01n'),
  });
  return { port, distributionPort, close };
}

const environment = (dir: string, port: number, mapper: Mapper): NodeJS.ProcessEnv => ({
  HOME: dir, // its cookie goes there
  ERL_EPMD_PORT: String(mapper.port),
  ERL_EPMD_ADDRESS: '127.0.0.1',
  RABBITMQ_NODENAME: `bench-${port}@localhost`,
  RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
  RABBITMQ_NODE_PORT: String(port),
  RABBITMQ_DIST_PORT: String(mapper.distributionPort),
  RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
  RABBITMQ_LOG_BASE: join(dir, 'log'),
  RABBITMQ_LOGS: '-',
  RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
  RABBITMQ_CONF_ENV_FILE: '/dev/null',
  RABBITMQ_CONFIG_FILE: join(dir, 'none'),
});

function bytesIn(dir: string): number {
  return readdirSync(dir, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? bytesIn(join(dir, entry.name)) : statSync(join(dir, entry.name)).size))
    .reduce((sum, bytes) => sum + bytes, 0);
}
