import type { PairName } from '@tiercel/store';

export interface Pair {
  readonly tenant: string;
  readonly queue: string;
}

/** How a pair is named in the indexes of a shard. A comma comes before all that a name may hold, so pairs sort by queue, then tenant. */
export const memberOf = ({ tenant, queue }: Pair): string => `${queue},${tenant}`;

/** The same, as the port names it. */
export function nameOf(member: Buffer): PairName {
  const { tenant, queue } = pairOf(member);
  return [tenant, queue];
}

export function pairOf(member: Buffer): Pair {
  const [queue, tenant] = member.toString('latin1').split(',') as [string, string];
  return { tenant, queue };
}
