import type { Enqueued, JobOptions } from '@tiercel/client';
import { survives } from '@tiercel/host';
import { fail, LIMITS } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { readWhole } from '../number.js';
import { print } from '../print.js';
import { type Cell, facts } from '../table.js';

export interface EnqueueFlags extends CommonFlags {
  readonly delay?: string;
  readonly at?: string;
  readonly id?: string;
  readonly attempts?: string;
  readonly backoff?: string;
  readonly backoffMax?: string;
  readonly timeout?: string;
  readonly lease?: string;
  readonly priority?: string;
  readonly ttl?: string;
  readonly handlers?: string;
}

export async function enqueue(queue: string, name: string, json: string | undefined, flags: EnqueueFlags): Promise<void> {
  const { tenant, nats, socket, namespace, json: asJson, handlers, ...own } = flags;
  const common = present({ tenant, nats, socket, namespace, json: asJson }) as CommonFlags;
  const defined = handlers === undefined ? {} : await (await import('../definition.js')).settingsOf(handlers, name);
  const request = { queue, name, data: readJson(json), ...settled(defined, own) };
  const done = await asTenant(common, async (tenant) => ({
    tenant: tenant.tenant,
    queue,
    name,
    ...(await tenant.enqueue(request)),
  }));
  print(common, done, () => facts(readable(done)));
}

/** What is said here goes before what the definition says. */
function settled(
  defined: JobOptions,
  { at, backoff, backoffMax, attempts, priority, ...said }: Omit<EnqueueFlags, 'handlers'>,
): JobOptions {
  const waits = present({ delay: backoff, max: backoffMax });
  return {
    ...defined,
    ...(present(said) as JobOptions),
    ...(at !== undefined && { at: readTime(at), delay: said.delay as JobOptions['delay'] }),
    ...(attempts !== undefined && { attempts: readWhole('--attempts', attempts, 0, LIMITS.attempts) }),
    ...(priority !== undefined && { priority: readWhole('--priority', priority, 0, LIMITS.priority) }),
    ...(Object.keys(waits).length > 0 && { backoff: { ...defined.backoff, ...(waits as JobOptions['backoff']) } }),
  };
}

const readable = ({ duplicate, durability, ...done }: Enqueued): Record<string, Cell> => ({
  ...done,
  duplicate: duplicate ? 'yes' : undefined,
  survives: survives(durability),
});

/** Without the flags that were not given. */
const present = (flags: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));

function readJson(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail('BAD_OPTION', { argument: 'JSON', expected: `a JSON text such as '{"foo":"bar"}'`, got: text.slice(0, 80) }, error);
  }
}

/** A date alone is its first moment in UTC; a time without a zone is this machine's. */
function readTime(text: string): Date {
  const time = new Date(text);
  return ISO_8601.test(text) && !Number.isNaN(time.getTime())
    ? time
    : fail('BAD_OPTION', { option: '--at', expected: 'a time such as 2030-01-31T08:00:00Z', got: text.slice(0, 40) });
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
