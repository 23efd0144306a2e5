import { rmSync } from 'node:fs';
import type { JobStore } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import { openLmdbStore } from '@tiercel/store-lmdb';
import { freshDir } from '@tiercel/test-support';
import { open, type RootDatabase } from 'lmdb';
import type { Part, Vault } from './vault.js';

/** Next to nothing of the disk is held back. */
const RESERVE_BYTES = 4_096;

/** Its records are reached while nobody has the store; then that is opened again, as it holds them in memory. */
export async function openLmdbVault(): Promise<Vault> {
  const [path, clock] = [freshDir('vault'), new ManualClock()];
  const openStore = (): Promise<JobStore> => openLmdbStore({ path, clock, shards: 1, reserveBytes: RESERVE_BYTES });
  let store = await openStore();

  const behindItsBack = async <R>(act: (rows: RootDatabase<Buffer, Buffer>) => Promise<R>): Promise<R> => {
    await store.close();
    const rows = open<Buffer, Buffer>({ path, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', maxDbs: 1 });
    const result = await act(rows);
    await rows.close();
    store = await openStore();
    return result;
  };

  return {
    get store() {
      return store;
    },
    clock,
    read: (tenant, ids) =>
      behindItsBack(async (rows) =>
        ids.flatMap((id) =>
          KINDS.flatMap((kind): Part[] => {
            const bytes = rows.getBinary(keyOf(kind, tenant, id));
            return bytes ? [{ id, kind, bytes: Buffer.from(bytes) }] : [];
          }),
        ),
      ),
    write: (tenant, parts) =>
      behindItsBack(async (rows) => {
        await rows.transaction(() => {
          for (const { id, kind, bytes } of parts) void rows.put(keyOf(kind, tenant, id), bytes);
        });
      }),
    async close() {
      await store.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const KINDS = ['record', 'payload'] as const;
const keyOf = (kind: Part['kind'], tenant: string, id: string): Buffer =>
  Buffer.from(`${kind === 'record' ? 'j' : 'p'}${tenant}/${id}`);
