import type { Clock, Ref, Undo } from '@tiercel/actors';
import type { SysProtocol } from '@tiercel/protocol';

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
  readonly clock: Clock;
}

/** Says every second that this process lives, and once, when undone, that it is on its way out. Hints: any of them may be lost. */
export function keepPresence({ sys, service, instance, pid, leases, clock }: PresenceOptions): Undo {
  const say = (stopping: boolean) => sys.tell('alive', { service, instance, pid, stopping, leases: leases() });
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
