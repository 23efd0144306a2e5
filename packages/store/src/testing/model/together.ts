import type { Command, CommandOf } from './command.js';
import type { Game } from './game.js';

/** Each turn is one client's, who waits for each answer; the clients do not wait for one another. */
export async function playTogether(
  game: Game,
  { turns }: CommandOf<'together'>,
  playOne: (game: Game, command: Command) => Promise<void>,
): Promise<void> {
  const handles = [game.duel.rival, game.duel.other];
  const playing = turns.map(async ({ tenant, commands }, nth) => {
    const seat = game.seat(tenant, handles[nth % handles.length]!);
    for (const command of commands) await playOne(seat, ofTenant(command, tenant));
  });
  const failed = (await Promise.allSettled(playing)).find((ended) => ended.status === 'rejected');
  if (failed) throw failed.reason;
  if (turns.filter(({ commands }) => commands.length > 0).length > 1) game.duel.count('together');
}

/** The same for one tenant, whomever it was drawn for. */
function ofTenant(command: Command, tenant: string): Command {
  if (command.verb === 'enqueue') return { ...command, items: command.items.map((item) => ({ ...item, tenant })) };
  if (command.verb === 'reserve') return { ...command, wants: command.wants.map((want) => ({ ...want, tenant })) };
  return 'tenant' in command ? { ...command, tenant } : command;
}
