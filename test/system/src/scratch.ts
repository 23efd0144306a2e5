import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '@tiercel/test-support';
import { startNats, startRedis } from '@tiercel/test-support';
import { Ledger } from './ledger.js';

/** A NATS, a Redis and a ledger of a test's own, and their end. */
export interface Scratch {
  readonly nats: Server;
  readonly redis: Server;
  readonly ledger: Ledger;
  /** For the processes of an installation. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

export async function openScratch(): Promise<Scratch> {
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-system-'));
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  const ledger = new Ledger(join(dir, 'ledger'));
  return {
    nats,
    redis,
    ledger,
    env: { TIERCEL_NATS_URL: nats.url, TIERCEL_STORE: redis.url, TEST_LEDGER: ledger.file, TIERCEL_CHILD_ENV: 'TEST_LEDGER' },
    async close() {
      ledger.close();
      await Promise.all([nats.stop(), redis.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
