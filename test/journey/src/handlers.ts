import type { Clock } from '@tiercel/actors';
import type { Handler, HandlerInput, HandlerTable } from '@tiercel/worker';
import type { ConsumerNode } from './consumer-node.js';
import { DEEDS, type Deed, type JobData } from './plan.js';
import type { World } from './world.js';

/** The handlers of one consumer's life. */
export function handlersOf(world: World, node: ConsumerNode): HandlerTable {
  return new Map(
    DEEDS.map((deed): [string, Handler] => [
      deed,
      { name: deed, isolation: 'inline', run: (input) => perform(world, node, deed, input) },
    ]),
  );
}

async function perform(world: World, node: ConsumerNode, deed: Deed, input: HandlerInput): Promise<unknown> {
  const data = input.data as JobData;
  requireOwn(world, node, data, input);
  const run = world.runs.begin(node, input);
  world.note(`run ${node.owner} ${run.job} ${input.attempt} ${deed}`);
  try {
    // a stubborn one ends sooner the next time, so that the first may still run then
    if (deed === 'stubborn') await waitMs(node.clock, data.ms / input.attempt ** 2, undefined);
    else await waitMs(node.clock, data.ms, input.signal);
    world.effects(run.job, run.fence);
    if (!world.ledger.isNow(input.tenant, input.id, run.fence)) world.coverage.saw('ran beyond its lease');
    const result = finish(node, deed, input);
    world.runs.did(run);
    return result;
  } finally {
    world.runs.end(run);
  }
}

function finish(node: ConsumerNode, deed: Deed, { attempt, id }: HandlerInput): unknown {
  if (deed === 'throw' || (deed === 'throw-once' && attempt === 1)) throw new Error('as planned');
  if (deed === 'refuse') throw Object.assign(new Error('for good, as planned'), { retryable: false });
  if (deed === 'poison') {
    node.die('SIGNAL SIGABRT');
    return new Promise(() => {});
  }
  return { did: id };
}

/** A job says whose it is; a tenant's consumer may see none of another's. */
function requireOwn({ judge }: World, node: ConsumerNode, data: JobData, input: HandlerInput): void {
  if (data.tenant !== input.tenant || (node.plan.tenant ?? input.tenant) !== input.tenant)
    judge.blame('tenants never mix', { consumer: node.owner, of: node.plan.tenant, job: input.tenant, data: data.tenant });
}

function waitMs(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const undo = clock.after(ms, resolve);
    const stop = () => {
      undo();
      reject(signal?.reason);
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
