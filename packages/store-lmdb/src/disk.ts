import { mkdir, statfs } from 'node:fs/promises';
import { fail } from '@tiercel/protocol';

/**
 * File systems that other machines or programs write behind this kernel's back, by their type: there a page of LMDB may be an old one, and a
 * sync may mean nothing.
 */
const FOREIGN: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  16914839: '9P',
  1702057286: 'FUSE',
  1397113167: 'AFS',
  12805120: 'Ceph',
  1196443219: 'GPFS',
  198183888: 'Lustre',
  2020557398: 'VirtualBox',
};

/** They forget with the machine. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/** Makes the directory if there is none, for this user alone. Throws STORAGE_UNFIT on a file system that LMDB cannot trust. */
export async function prepareDirectory(path: string): Promise<{ readonly isInMemory: boolean }> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { type } = await statfs(path);
  const foreign = FOREIGN[type];
  if (foreign) fail('STORAGE_UNFIT', { path, fileSystem: foreign, expected: 'a disk of this machine' });
  return { isInMemory: IN_MEMORY.includes(type) };
}

/** Bytes that this user may still fill. */
export async function freeBytesOf(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
