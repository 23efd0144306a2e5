import type { ActorSystem, Transport } from '@tiercel/actors';
import type { Metrics } from './metrics.js';

/** Whether the wire is up, and what went otherwise than sent among the actors. */
export function countWire(
  metrics: Metrics,
  transport: Pick<Transport, 'watch'>,
  { counters }: Pick<ActorSystem, 'counters'>,
): void {
  const up = metrics.gauge('tiercel_wire_up', 'Whether there is a connection to the other processes: 1 or 0.').of();
  transport.watch((isUp) => up.set(isUp ? 1 : 0));
  const dead = metrics.counter('tiercel_actor_dead_letters_total', 'Messages between actors that nobody handled.').of();
  const refused = metrics.counter('tiercel_actor_refused_total', 'Messages between actors that a full mailbox refused.').of();
  const restarts = metrics.counter('tiercel_actor_restarts_total', 'Actors that a supervisor began again.').of();
  metrics.before(() => {
    dead.set(counters.deadLetters);
    refused.set(counters.refused);
    restarts.set(counters.restarts);
  });
}
