import { realClock } from '@tiercel/actors';
import type { TenantClient } from '@tiercel/client';
import { EXIT, exitCodeOf, explain, version } from '@tiercel/host';
import { codeOf } from '@tiercel/protocol';
import { type CommonFlags, type Reached, reach } from '../connection.js';
import { diagnose, type Finding, type TenantView } from '../diagnose.js';
import { age } from '../measure.js';
import { print } from '../print.js';
import { rollCall } from '../roll.js';
import { table } from '../table.js';

export interface DoctorFlags extends CommonFlags {
  readonly strict?: boolean;
}

/** What was found, and what the first look that failed would have ended with. */
interface Findings {
  readonly findings: readonly Finding[];
  readonly exitCode: number;
}

/** Records that are looked for. */
const SOME = 10;

/** Says what is wrong, one line each. A failure to look is a finding like any other, and its code is the exit code. */
export async function doctor({ strict, ...flags }: DoctorFlags): Promise<void> {
  const { findings, exitCode } = await reach(flags, examine).catch((error) => {
    if (codeOf(error) === 'BAD_CONFIG') throw error; // nothing was looked at
    return { findings: [failure('wire', error)], exitCode: exitCodeOf(error) };
  });
  const levels = findings.map(({ level }) => level);
  const isUnwell = levels.includes('fail') || (strict && levels.includes('warn'));
  const code = exitCode === EXIT.ok && isUnwell ? EXIT.failure : exitCode;
  print(flags, { ok: code === EXIT.ok, findings }, () => table(['', '', ''], findings.map(rowOf)).trimStart());
  process.exitCode = code;
}

async function examine(reached: Reached): Promise<Findings> {
  const { tenant, namespace, wire, isLocal } = reached;
  const askedMs = realClock.monotonic();
  const [living, asked] = await Promise.all([
    rollCall(reached, realClock),
    viewOf(tenant).then(
      (view) => ({
        view,
        answer: ok('tenant', `${tenant.tenant} is answered, in ${age(view.answeredMs - askedMs)}`),
        exitCode: EXIT.ok,
      }),
      (error) => {
        const told = reached.explain(error);
        if (codeOf(told) === 'NOT_SUPPORTED')
          return { view: undefined, answer: ok('tenant', `${tenant.tenant} is answered; ${NO_LISTS}`), exitCode: EXIT.ok };
        return { view: undefined, answer: failure('tenant', told), exitCode: exitCodeOf(told) };
      },
    ),
  ]);
  const { view, answer, exitCode } = asked;
  const findings = diagnose({ version: version(), namespace, tenant: tenant.tenant, isLocal, living, view });
  return { findings: [ok('wire', wire), answer, ...findings], exitCode };
}

async function viewOf(tenant: TenantClient): Promise<TenantView & { readonly answeredMs: number }> {
  const queues = await tenant.queues();
  const answeredMs = realClock.monotonic();
  const [settings, { records }] = await Promise.all([tenant.settings(), tenant.quarantined({ limit: SOME })]);
  return { queues, settings, quarantined: records.length, answeredMs };
}

const ok = (check: string, says: string): Finding => ({ check, level: 'ok', says });

const NO_LISTS = 'its storage keeps no lists, so queues were not looked at';

/** Its sentence, with the remedy behind a semicolon as errors have it. */
function failure(check: string, error: unknown): Finding {
  const [says = '', ...remedy] = explain(error).split('; ');
  return { check, level: 'fail', says, remedy: remedy.join('; ') };
}

const rowOf = ({ level, check, says, remedy }: Finding) => [level, check, remedy ? `${says}; ${remedy}` : says];
