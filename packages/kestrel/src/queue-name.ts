import { fail } from '@tiercel/protocol';
import { KESTREL_LIMITS } from './kestrel-limits.js';

/** What Kestrel refuses in the name of a queue that is to come into being. `+` parts a fan-out child from its parent. */
const ILLEGAL = /[./~]/;
/** What every compatible server, and every library in between, passes on as it is. */
const PORTABLE = /^[A-Za-z0-9_:-]+$/;
/** Printable ASCII without a blank; anything else cannot be sent, or not by every library. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** The rule of the server, of which only GET and SET make use: the others do not make a queue. */
export const isQueueName = (name: string): boolean =>
  name.length > 0 && name.length <= KESTREL_LIMITS.queueNameBytes && !ILLEGAL.test(name);

/** The rule for an adapter, which cannot know what server it speaks to: letters, digits, `_`, `-` and `:`, at most 100. */
export const isPortableQueueName = (name: string): boolean =>
  name.length <= KESTREL_LIMITS.portableNameBytes && PORTABLE.test(name);

/** The rule for a client: what the server takes and a line can carry. Throws BAD_NAME. */
export function requireQueueName(name: string): string {
  if (isQueueName(name) && SENDABLE.test(name)) return name;
  return fail('BAD_NAME', { kind: 'kestrel queue', got: name.slice(0, 80), expected: 'printable ASCII without blank, . / and ~' });
}
