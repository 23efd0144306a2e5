import { fileURLToPath } from 'node:url';
import { BROKER_FLAGS } from '@tiercel/host';
import { freePort } from '@tiercel/test-support';
import { Child } from '../child.js';
import { startServers } from '../servers.js';

export const STORAGES = ['memory', 'redis'] as const;
export type Storage = (typeof STORAGES)[number];

/** A door as users run it, with what is behind it. */
export interface Door {
  readonly port: number;
  /** The process that serves the door. */
  readonly pid: number;
  close(): Promise<void>;
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const CLI = pathOf('../../../../packages/cli/bin/tiercel.js');
const service = (name: string): string => pathOf(`../../../../services/${name}/dist/main.js`);

/** `memory`: everything in one process, as `tiercel dev --single` has it. `redis`: producer, broker-adapter, NATS and Redis, each its own. */
export async function openDoor(storage: Storage, nodeFlags: readonly string[] = []): Promise<Door> {
  const port = await freePort();
  return storage === 'memory' ? inOneProcess(port, nodeFlags) : overRedis(port, nodeFlags);
}

async function inOneProcess(port: number, nodeFlags: readonly string[]): Promise<Door> {
  const args = ['dev', '--single', '--store', 'memory:', '--kestrel', `127.0.0.1:${port}`];
  const child = await Child.start({ name: 'door', file: CLI, args, nodeFlags, closedBy: 'signal' });
  return { port, pid: child.pid, close: () => child.close() };
}

async function overRedis(port: number, nodeFlags: readonly string[]): Promise<Door> {
  const servers = await startServers(['redis', 'nats']);
  const children: Child[] = [];
  async function close(): Promise<void> {
    for (const child of children.splice(0).reverse()) await child.close();
    await servers.close();
  }
  try {
    const common = { TIERCEL_NATS_URL: `nats://127.0.0.1:${servers.ports.nats}`, TIERCEL_PARENT: String(process.pid) };
    const broker = { ...common, TIERCEL_STORE: `redis://127.0.0.1:${servers.ports.redis}` };
    const named = { file: service('broker-adapter'), env: broker, nodeFlags: BROKER_FLAGS };
    children.push(await Child.start({ name: 'broker', ...named, closedBy: 'signal' }));
    const door = { ...common, TIERCEL_KESTREL: `127.0.0.1:${port}` };
    const child = await Child.start({ name: 'door', file: service('producer'), env: door, nodeFlags, closedBy: 'signal' });
    children.push(child);
    return { port, pid: child.pid, close };
  } catch (error) {
    await close();
    throw error;
  }
}
