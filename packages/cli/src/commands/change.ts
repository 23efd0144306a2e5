import { type ChangeVerdict, fail, TiercelError } from '@tiercel/protocol';
import type { CommonFlags } from '../connection.js';
import { print } from '../print.js';

/** Says what became of one job, or fails with NOT_FOUND or WRONG_STATE. */
export function changed(
  flags: CommonFlags,
  id: string,
  [verdict]: readonly ChangeVerdict[],
  sentence: (verdict: ChangeVerdict) => string,
): void {
  if (!verdict) throw new TiercelError('NO_ANSWER', { id });
  const { code, state } = verdict;
  if (code !== 'OK') fail(code, state === '' ? { id } : { id, state });
  print(flags, { id, state }, () => `${id} ${sentence(verdict)}`);
}
