import type { Clock, Undo } from '@tiercel/actors';
import { WORKER_LIMITS } from './worker-limits.js';

/** Calls `orphaned` once, soon after this process has got another parent than `parentPid`: its own has died. */
export function watchParent(clock: Clock, parentPid: number, orphaned: () => void): Undo {
  let undo: Undo = () => {};
  const look = (): void => {
    if (process.ppid !== parentPid) orphaned();
    else undo = clock.after(WORKER_LIMITS.parentPollMs, look);
  };
  look();
  return () => undo();
}

/** Kills a process together with its group, which it must lead. Its being gone already is as good. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
