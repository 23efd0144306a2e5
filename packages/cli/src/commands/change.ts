import type { TenantClient } from '@tiercel/client';
import { exitCodeOf, explain } from '@tiercel/host';
import { type ChangeVerdict, fail, TiercelError } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';

export interface Change {
  readonly act: (tenant: TenantClient, ids: readonly string[]) => Promise<readonly ChangeVerdict[]>;
  /** States that allow it, as they follow "expected". */
  readonly expected: string;
  /** What became of a job. */
  readonly sentence: (verdict: ChangeVerdict) => string;
}

/** Changes jobs and says what became of each. One alone fails with NOT_FOUND or WRONG_STATE; of several all are told, and the first failure is the exit code. */
export async function change(ids: readonly string[], flags: CommonFlags, { act, expected, sentence }: Change): Promise<void> {
  const [verdicts, tenant] = await asTenant(flags, async (as) => [await act(as, ids), as.tenant] as const);
  const told = ids.map((id, at) => {
    const verdict = verdicts[at] ?? fail('NO_ANSWER', { id });
    return { id, ...verdict, error: errorOf(id, tenant, verdict, expected) };
  });
  const failed = told.find(({ error }) => error !== undefined)?.error;
  if (failed && told.length === 1) throw failed;
  const json = told.map(({ id, code, state }) => (code === 'OK' ? { id, state } : { id, state, code }));
  print(flags, json.length === 1 ? json[0] : json, () =>
    told.map(({ id, error, ...verdict }) => (error ? explain(error) : `${id} ${sentence(verdict)}`)).join('\n'),
  );
  if (failed) process.exitCode = exitCodeOf(failed);
}

function errorOf(id: string, tenant: string, { code, state }: ChangeVerdict, expected: string): TiercelError | undefined {
  if (code === 'OK') return undefined;
  return new TiercelError(code, state === '' ? { id, tenant } : { id, tenant, state, expected });
}
