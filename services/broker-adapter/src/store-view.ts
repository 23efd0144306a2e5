import type { StorageView } from '@tiercel/protocol';
import type { StoreStatus } from '@tiercel/store';

const ENGINE_CHARS = 64;

/** What a broker says of its storage with every sign of life. */
export const viewOf = ({ engine, durability, unknown, clockJumpMs }: StoreStatus, serving: boolean): StorageView => ({
  engine: engine.slice(0, ENGINE_CHARS),
  durability,
  unknown,
  clockJumpMs: Math.round(clockJumpMs),
  serving,
});
