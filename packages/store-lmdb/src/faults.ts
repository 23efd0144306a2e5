import { type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';

/** By the errno that lmdb gives, or the name that Node gives. What is not here is a fault of the disk. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  27: 'STORAGE_FULL', // EFBIG
  28: 'STORAGE_FULL', // ENOSPC
  122: 'STORAGE_FULL', // EDQUOT
  '-30792': 'STORAGE_FULL', // MDB_MAP_FULL
  EFBIG: 'STORAGE_FULL',
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  1: 'STORAGE_DENIED',
  13: 'STORAGE_DENIED',
  30: 'STORAGE_DENIED',
  EPERM: 'STORAGE_DENIED',
  EACCES: 'STORAGE_DENIED',
  EROFS: 'STORAGE_DENIED',
  ENOTDIR: 'BAD_CONFIG',
  EEXIST: 'BAD_CONFIG',
  ENAMETOOLONG: 'BAD_CONFIG',
  '-30793': 'STORAGE_UNFIT', // MDB_INVALID: not a file of LMDB
  '-30794': 'STORAGE_UNFIT', // MDB_VERSION_MISMATCH
};

/** What went wrong, in our words. */
export function faultOf(error: unknown, facts: Facts): TiercelError {
  if (error instanceof TiercelError) return error;
  const code = CODES[String((error as { code?: unknown } | null)?.code)] ?? 'STORAGE_UNAVAILABLE';
  return new TiercelError(code, { ...facts, reason: error instanceof Error ? error.message : String(error) }, error);
}
