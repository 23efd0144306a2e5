import type { Entry } from './entry.js';
import type { World } from './world.js';

/** What may end a job whose handler does nothing wrong: its workers fell silent, died or stood still, or nobody ever heard of it. */
const BEFELL = ['LEASE_LOST', 'UNDELIVERED', 'SIGNAL', 'TIMEOUT'];

/** Jobs whose handlers do their work in time have only one way to fail: by what befell them; and without faults none. */
export async function checkGoodJobs(world: World): Promise<void> {
  const { plan, ledger, judge, runs } = world;
  const calm =
    Object.values(plan.rates).every((rate) => rate === 0) &&
    !plan.jobs.some(({ request: { name } }) => name === 'poison' || name === 'stubborn');
  for (const entry of ledger.entries.values()) {
    if (entry.given.name !== 'work' || entry.state === 'gone') continue;
    const { tenant, id } = entry.given;
    const count = runs.countOf(tenant, id);
    // a job that a worker took ahead and handed back was granted twice, and nothing of it was done
    if (calm && (count > 1 || entry.spent > 0 || entry.lostLeases > 0 || entry.undelivered > 0))
      judge.blame('without faults nothing is done twice', { tenant, id, runs: count, attempt: entry.attempt });
    if (entry.state === 'dead') await checkDead(world, entry);
  }
}

async function checkDead(world: World, { given: { tenant, id } }: Entry): Promise<void> {
  const reason = await world.reasonOf(tenant, id);
  if (!BEFELL.some((known) => reason.startsWith(known)))
    world.judge.blame('a good job dies only of what befell it', { tenant, id, reason });
}
