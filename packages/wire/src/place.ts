import { join } from 'node:path';

const LMDB = 'lmdb:';

/** Where an installation keeps its own. */
export interface Place {
  /** URL of the storage. */
  readonly store: string;
  /** Folder of an installation whose storage has none. */
  readonly dataDir: string;
  readonly namespace: string;
}

/** Of an installation without a server. */
export const socketOf = ({ store, dataDir, namespace }: Place): string =>
  socketBeside(store, namespace) ?? join(dataDir, namespace, 'socket');

/** Beside jobs that are kept in a folder, so that whoever holds the one holds the other; `undefined` for a storage without one. */
export const socketBeside = (store: string, namespace: string): string | undefined =>
  store.startsWith(LMDB) ? join(store.slice(LMDB.length), namespace, 'socket') : undefined;
