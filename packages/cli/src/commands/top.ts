import { type Clock, realClock, sleep, type Undo } from '@tiercel/actors';
import { explain } from '@tiercel/host';
import { asTiercelError } from '@tiercel/protocol';
import { type CommonFlags, type Reached, reach } from '../connection.js';
import { print } from '../print.js';
import { type Look, picture, pulsesOf } from '../pulse.js';
import { hear, Roll } from '../roll.js';
import { Screen } from '../screen.js';

export interface TopFlags extends CommonFlags {
  readonly once?: boolean;
}

const REFRESH_MS = 1_000;
/** Lost messages and restarts of brokers are waited through. */
const PATIENCE = 30;

/** What happens now: drawn again each second on a terminal until `q`, else said once. */
export async function top({ once, ...flags }: TopFlags): Promise<void> {
  const { stdin: input, stdout: output } = process;
  const isLive = !once && !flags.json && input.isTTY && output.isTTY;
  await reach(flags, async (reached) => {
    const roll = new Roll(realClock);
    const heard = await hear(reached, roll);
    const look = () => lookAt(reached, heard ? roll : undefined, realClock);
    const before = await look();
    if (isLive) return live({ title: titleOf(reached), look, before, screen: new Screen({ input, output }), clock: realClock });
    await sleep(realClock, REFRESH_MS);
    const now = await look();
    print(flags, { tenant: reached.tenant.tenant, queues: pulsesOf(before, now), workers: now.living ?? null }, () =>
      picture(titleOf(reached), before, now),
    );
  });
}

const titleOf = ({ tenant, wire, namespace }: Reached): string => `tenant ${tenant.tenant} of namespace ${namespace}, over ${wire}`;

async function lookAt({ tenant }: Reached, roll: Roll | undefined, clock: Clock): Promise<Look> {
  const [queues, counters] = await Promise.all([tenant.queues(), tenant.counters()]);
  return { atMs: clock.monotonic(), queues, counters, living: roll?.living() };
}

interface Live {
  readonly title: string;
  readonly look: () => Promise<Look>;
  readonly before: Look;
  readonly screen: Screen;
  readonly clock: Clock;
}

/** A look that fails is said, and tried again; the thirtieth in a row ends it. */
async function live({ title, look, before, screen, clock }: Live): Promise<void> {
  let last = before;
  let quit = () => {};
  const quitted = new Promise<true>((resolve) => {
    quit = () => resolve(true);
  });
  screen.open((key) => /^q$/i.test(key) && quit());
  try {
    screen.draw(`${picture(title, before, before)}\n\nq ends it`);
    for (let failures = 0; !(await tick(clock, quitted)); ) {
      try {
        const now = await look();
        screen.draw(`${picture(title, last, now)}\n\nq ends it`);
        [last, failures] = [now, 0];
      } catch (error) {
        if (++failures >= PATIENCE) throw error;
        screen.draw(`${title}\n\n${explain(asTiercelError(error))}\n\nq ends it`);
      }
    }
  } finally {
    screen.close();
  }
}

/** Waits for the next look; true when there is none. */
function tick(clock: Clock, quitted: Promise<true>): Promise<boolean> {
  let undo: Undo = () => {};
  const due = new Promise<false>((resolve) => {
    undo = clock.after(REFRESH_MS, () => resolve(false));
  });
  return Promise.race([quitted, due]).finally(() => undo());
}
