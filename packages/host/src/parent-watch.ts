import type { Clock, Undo } from '@tiercel/actors';
import type { Machine } from './machine.js';

/** How often a process looks whether its parent is still the one that started it, in milliseconds. */
const PARENT_WATCH_MS = 250;

interface Orphaned {
  /** The process of ours that started this one is gone. */
  readonly byOurs: () => void;
  /** npx is gone: it was told to end, and told the shell between the two alone. */
  readonly byNpx: () => void;
}

/**
 * Calls one of `orphaned`, once, when the process that started this one is gone: that of `TIERCEL_PARENT`, or npx. A closed IPC channel tells at once; the
 * parent's id is looked at as well, because a guard or a shell between the two has no channel. Whoever else started it may go: a shell that put it in the background does.
 */
export function watchParent(machine: Pick<Machine, 'env' | 'parent' | 'on'>, clock: Clock, orphaned: Orphaned): Undo {
  const ours = parentOf(machine.env);
  if (ours === 0 && machine.env.npm_command !== 'exec') return () => {};
  const expected = ours || machine.parent();
  let undo: Undo = () => {};
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    undo();
    if (ours === 0) orphaned.byNpx();
    else orphaned.byOurs();
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
