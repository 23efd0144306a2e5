import type { AnyChildSpec, ChildSpec, Context, Exit, LocalRef, Supervised, Supervision } from './actor.js';
import { Cell, type Keeper, refOf } from './cell.js';
import { ActorError } from './error.js';
import { later } from './later.js';
import type { Life } from './life.js';
import { Message } from './message.js';
import { soon } from './soon.js';
import { Group } from './supervision.js';
import type { Undo } from './time.js';

/** What one life of an actor may do. Everything it begins is undone when that life ends. */
export function createContext(life: Life): Context<unknown> {
  const { cell } = life;
  const { runtime, log } = cell;
  return {
    self: refOf(cell),
    log,
    clock: runtime.clock,
    random: runtime.random,
    spawn: <Q>(spec: ChildSpec<Q>): LocalRef<Q> => spawnChild(life, spec),
    supervise: (plan: Supervision, children: readonly AnyChildSpec[] | Record<string, AnyChildSpec>) =>
      superviseAll(life, plan, children),
    watch: (target: { readonly ended: Promise<Exit> }, kind: string) => watch(life, target, kind),
    after: (delayMs: number, kind: string, body: unknown) => after(life, delayMs, kind, body),
    result: (kind: string, body: unknown) => {
      if (!life.ending) notify(life, kind, body);
    },
    refuse(code, facts) {
      throw new ActorError(code, facts);
    },
    later,
    stop: () => cell.over(life, { reason: 'normal' }),
    onStop: (undo) => life.onStop(undo),
  } as Context<unknown>;
}

/** A child without a supervisor: its first crash is its end. */
function spawnChild<Q>(life: Life, spec: ChildSpec<Q>): LocalRef<Q> {
  requireLiving(life);
  const alone: Keeper = {
    lifeOver: (child, exit) => child.finish(exit),
    left: (child) => life.children.delete(child),
  };
  const child = new Cell(life.cell.runtime, life.cell.path, spec, alone);
  life.children.add(child);
  soon(() => void child.begin());
  return refOf(child);
}

function superviseAll(
  life: Life,
  plan: Supervision,
  specs: readonly AnyChildSpec[] | Record<string, AnyChildSpec>,
): Supervised<never> {
  requireLiving(life);
  const group = new Group(life, plan, Object.values(specs));
  life.children.add(group);
  const refs = group.cells.map((cell) => refOf(cell));
  const names = Object.keys(specs);
  return (Array.isArray(specs) ? refs : Object.fromEntries(names.map((name, at) => [name, refs[at]]))) as Supervised<never>;
}

function watch(life: Life, target: { readonly ended: Promise<Exit> }, kind: string): void {
  const undo = onEnd(target, (exit) => {
    life.standing.delete(undo);
    notify(life, kind, exit);
  });
  life.standing.add(undo);
}

/** A cell forgets a watcher that ends first; anything else that ends is only a promise. */
function onEnd(target: { readonly ended: Promise<Exit> }, act: (exit: Exit) => void): Undo {
  if (target instanceof Cell) return target.onEnd((exit) => soon(() => act(exit)));
  let undone = false;
  void target.ended.then((exit) => undone || act(exit));
  return () => {
    undone = true;
  };
}

function after(life: Life, delayMs: number, kind: string, body: unknown): Undo {
  let message: Message | undefined;
  const undoTimer = life.cell.runtime.clock.after(delayMs, () => {
    life.standing.delete(undo);
    message = notify(life, kind, body);
  });
  const undo = () => {
    undoTimer();
    life.standing.delete(undo);
    if (message) message.dropped = true;
  };
  if (life.ending) undo();
  else life.standing.add(undo);
  return undo;
}

function notify(life: Life, kind: string, body: unknown): Message {
  const message = new Message(kind, body, life.cell.within);
  life.cell.notice(life, message);
  return message;
}

function requireLiving(life: Life): void {
  if (life.ending) throw new ActorError('STOPPED', { actor: life.cell.path });
}
