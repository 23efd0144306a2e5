import { decodeName, encodeName } from '@tiercel/protocol';

/** What a client called a queue, read. */
export interface QueueName {
  /** As it is called here. */
  readonly queue: string;
  /** Without the prefix. */
  readonly bare: string;
  /** Of a fan-out child `parent+child`: the parent, as it is called here. */
  readonly parent: string | undefined;
}

/**
 * `<namespace>_<queue>` and `<queue>` are one queue. What our grammar does not allow goes through the encoder of foreign names;
 * `undefined` when that makes it longer than a name may be.
 */
export function readQueueName(spelled: string, namespace: string): QueueName | undefined {
  const prefix = `${namespace}_`;
  const bare = spelled.startsWith(prefix) && spelled.length > prefix.length ? spelled.slice(prefix.length) : spelled;
  const queue = encoded(bare);
  if (queue === undefined) return undefined;
  const plus = bare.indexOf('+');
  return { queue, bare, parent: plus > 0 ? encoded(bare.slice(0, plus)) : undefined };
}

/** The inverse: what a client calls a queue, without the prefix where nothing in the name looks like one. */
export function spelledOf(queue: string, namespace: string): string {
  const bare = decodeName(queue);
  return bare.startsWith(`${namespace}_`) ? `${namespace}_${bare}` : bare;
}

function encoded(bare: string): string | undefined {
  try {
    return encodeName(bare);
  } catch {
    return undefined; // too long for a name of ours
  }
}
