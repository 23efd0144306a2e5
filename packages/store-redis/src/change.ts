import { ByteWriter, type ChangeVerdict, packId, STATE_CODES } from '@tiercel/protocol';
import type { ShardCaller } from './shard-caller.js';

const NOT_FOUND = 128;
const WRONG_STATE = 64;

/** Cancels, revives or forgets the jobs of these ids. */
export async function change(
  caller: ShardCaller,
  verb: 'cancel' | 'revive' | 'forget',
  shard: number,
  tenant: string,
  ids: readonly string[],
): Promise<readonly ChangeVerdict[]> {
  if (ids.length === 0) return [];
  const codes = (await caller.step(verb, shard, tenant, writeIds(ids))) as Buffer;
  const verdicts = Array.from(codes, verdictOf);
  return verb === 'forget' ? verdicts.map(gone) : verdicts;
}

function verdictOf(code: number): ChangeVerdict {
  if (code === NOT_FOUND) return { code: 'NOT_FOUND', state: '' };
  const state = STATE_CODES[code & (WRONG_STATE - 1)] ?? '';
  return { code: code & WRONG_STATE ? 'WRONG_STATE' : 'OK', state };
}

/** What was forgotten has no state any more. */
const gone = (verdict: ChangeVerdict): ChangeVerdict => (verdict.code === 'OK' ? { code: 'OK', state: '' } : verdict);

export function writeIds(ids: readonly string[]): Buffer {
  const to = new ByteWriter(ids.length * 18);
  for (const id of ids) to.bytes8(packId(id));
  return to.finish();
}
