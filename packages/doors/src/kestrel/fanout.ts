import { decodeName, fanoutOf, TO_DEAD } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Copy } from './intake.js';
import type { TenantRules } from './rules.js';

/** Where an item goes that is set on a queue. */
export interface Spread {
  /** In the order in which they are stored: children, and destinations of an alias, before the queue itself. */
  readonly copies: readonly Copy[];
  /** Places among them whose refusal is the client's. */
  readonly decisive: readonly number[];
}

/** Whether `child` is `queue+something`. */
const isChildOf = (child: string, queue: string): boolean => decodeName(child).startsWith(`${decodeName(queue)}+`);

/** A queue that keeps nothing and copies to queues that are not its children. */
export function isAlias(rules: TenantRules, queue: string): boolean {
  const { fanoutOnly = false, fanout = '' } = rules.own(queue);
  return fanoutOnly && fanoutOf(fanout).some((other) => !isChildOf(other, queue));
}

/**
 * `rules` of the tenant whose the item is; `home` of the door's own, where children are registered. What is over when it comes goes
 * straight to where its queue sends what expired, or nowhere.
 */
export function spread(queue: string, ttl: number | 'over', rules: TenantRules, home: TenantRules): Spread {
  const copies: Copy[] = [];
  const visited = new Set<string>();

  function put(to: string): number[] {
    if (ttl !== 'over') return [copies.push({ queue: to, ttlMs: ttl }) - 1];
    const { expireTo = '' } = rules.of(to);
    if (expireTo === '' || expireTo === to) return [];
    return [copies.push(expireTo === TO_DEAD ? { queue: to, ttlMs: 1 } : { queue: expireTo, ttlMs: 0 }) - 1];
  }

  function visit(to: string, depth: number): number[] {
    if (visited.has(to) || depth > BOUNDS.aliasDepth) return [];
    visited.add(to);
    const decisive: number[] = [];
    for (const other of destinations(to, rules, home)) {
      if (isChildOf(other, to)) put(other);
      else decisive.push(...visit(other, depth + 1));
    }
    if (keepsNothing(to, rules, home)) return decisive;
    return put(to);
  }

  const decisive = visit(queue, 0);
  return { copies, decisive };
}

function destinations(queue: string, rules: TenantRules, home: TenantRules): ReadonlySet<string> {
  const [own, atHome] = [rules.own(queue).fanout, home.own(queue).fanout];
  return new Set([...fanoutOf(own ?? ''), ...fanoutOf(atHome ?? '')]);
}

const keepsNothing = (queue: string, rules: TenantRules, home: TenantRules): boolean =>
  (rules.own(queue).fanoutOnly ?? home.own(queue).fanoutOnly) === true;
