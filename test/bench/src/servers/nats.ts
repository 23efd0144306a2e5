import { rmSync } from 'node:fs';
import { freshDir, type Server, startNats } from '@tiercel/test-support';
import { connect } from 'nats';
import type { BenchServer } from './bench-server.js';

const portOf = ({ url }: Server): number => Number(new URL(url).port);

/** For those who send messages over it; it keeps none. */
export async function nats(): Promise<BenchServer> {
  const server = await startNats();
  const { pid, version } = server;
  return { port: portOf(server), pid, version, config: {}, jobBytes: async () => 0, close: () => server.stop() };
}

/** With streams in files, synced as it does by default. */
export async function jetstream(): Promise<BenchServer> {
  const dir = freshDir('jetstream');
  const server = await startNats({ config: `jetstream { store_dir: "${dir}" }` });
  const { pid, version } = server;
  const port = portOf(server);
  return {
    ...{ port, pid, version },
    config: { streams: 'file', sync_interval: 'default (2m)' },
    jobBytes: () => streamBytes(port),
    async close() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function streamBytes(port: number): Promise<number> {
  const client = await connect({ servers: `127.0.0.1:${port}` });
  const { storage } = await (await client.jetstreamManager()).getAccountInfo();
  await client.close();
  return storage;
}
