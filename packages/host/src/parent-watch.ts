import type { Clock, Undo } from '@tiercel/actors';
import type { Machine } from './machine.js';

/** How often a process looks whether its parent is still the one that started it, in milliseconds. */
const PARENT_WATCH_MS = 250;

/**
 * Calls `orphaned` once when the process that started this one (`TIERCEL_PARENT`) is gone. A closed IPC channel tells at once; the
 * parent's id is looked at as well, because a guard or a shell between the two has no channel.
 */
export function watchParent(machine: Pick<Machine, 'env' | 'parent' | 'on'>, clock: Clock, orphaned: () => void): Undo {
  const expected = parentOf(machine.env);
  if (expected === 0) return () => {};
  let undo: Undo = () => {};
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    undo();
    orphaned();
  };
  const look = () => {
    if (machine.parent() !== expected) return end();
    undo = clock.after(PARENT_WATCH_MS, look);
  };
  machine.on('disconnect', end);
  look();
  return () => {
    over = true;
    undo();
  };
}

/** What `TIERCEL_PARENT` says; 0 when it says nothing. */
export function parentOf(env: Machine['env']): number {
  const pid = Number(env.TIERCEL_PARENT);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : 0;
}
