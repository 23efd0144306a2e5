import type { ErrorCode } from '@tiercel/protocol';

/** With these an item is certainly not stored, and the server is well: NOT_STORED. With all others one cannot know. */
const REFUSALS: readonly ErrorCode[] = [
  'QUEUE_FULL',
  'PAYLOAD_TOO_LARGE',
  'BATCH_TOO_LARGE',
  'STORAGE_FULL',
  'BUSY',
  'MAILBOX_FULL',
  'STOPPED',
];

export const isRefusal = (code: ErrorCode): boolean => REFUSALS.includes(code);
