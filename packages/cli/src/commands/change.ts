import type { TenantClient } from '@tiercel/client';
import { type ChangeVerdict, fail, TiercelError } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';

export interface Change {
  readonly act: (tenant: TenantClient) => Promise<readonly ChangeVerdict[]>;
  /** States that allow it, as they follow "expected". */
  readonly expected: string;
  /** What became of the job. */
  readonly sentence: (verdict: ChangeVerdict) => string;
}

/** Changes one job and says what became of it, or fails with NOT_FOUND or WRONG_STATE. */
export async function change(id: string, flags: CommonFlags, { act, expected, sentence }: Change): Promise<void> {
  const [verdict, tenant] = await asTenant(flags, async (as) => [(await act(as))[0], as.tenant] as const);
  if (!verdict) throw new TiercelError('NO_ANSWER', { id });
  const { code, state } = verdict;
  if (code !== 'OK') fail(code, state === '' ? { id, tenant } : { id, tenant, state, expected });
  print(flags, { id, state }, () => `${id} ${sentence(verdict)}`);
}
