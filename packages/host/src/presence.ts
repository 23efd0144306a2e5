import type { Clock, Ref, Undo } from '@tiercel/actors';
import type { Served, StorageView, SysProtocol } from '@tiercel/protocol';
import { version } from './version.js';

/** How often a process says that it lives, in milliseconds. */
export const PRESENCE_MS = 1_000;

export interface PresenceOptions {
  /** `system.ref(sysPath(namespace, 'presence'), sysCodec)` */
  readonly sys: Pick<Ref<SysProtocol>, 'tell'>;
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  /** Jobs held now. */
  readonly leases: () => number;
  readonly serves?: Served;
  readonly storage?: () => StorageView;
  readonly clock: Clock;
}

/** Says every second that this process lives, and once, when undone, that it is on its way out. Hints: any of them may be lost. */
export function keepPresence({ sys, leases, storage, clock, ...who }: PresenceOptions): Undo {
  const own = { ...who, version: version() };
  const say = (stopping: boolean) =>
    sys.tell('alive', { ...own, stopping, leases: leases(), nowMs: clock.now(), storage: storage?.() });
  let undo: Undo = () => {};
  const beat = () => {
    say(false);
    undo = clock.after(PRESENCE_MS, beat);
  };
  beat();
  return () => {
    undo();
    say(true);
  };
}
