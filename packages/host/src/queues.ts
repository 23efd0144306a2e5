import { LIMITS } from '@tiercel/protocol';

const EVERY = ['*'];

/**
 * The queues that a consumer takes jobs of: those asked for, else those that its handlers name; every queue when one of them names none,
 * or when they are more than one reserve may name.
 */
export function queuesOf(asked: readonly string[] | undefined, handlers: Iterable<{ readonly queue?: string }>): readonly string[] {
  if (asked) return asked;
  const queues = [...new Set([...handlers].map(({ queue }) => queue ?? '*'))];
  return queues.includes('*') || queues.length > LIMITS.queuesPerReserve ? EVERY : queues;
}
