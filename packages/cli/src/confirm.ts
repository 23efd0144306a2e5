import { createInterface } from 'node:readline/promises';
import { fail } from '@tiercel/protocol';

export interface ConfirmFlags {
  readonly yes?: boolean;
}

/**
 * Asks whether to go on with what cannot be taken back. Throws ABORTED when the answer is not yes, and BAD_OPTION without `--yes` where there is
 * no terminal to ask.
 */
export async function confirm({ yes }: ConfirmFlags, sentence: string): Promise<void> {
  if (yes) return;
  const { stdin: input, stderr: output } = process;
  if (!(input.isTTY && output.isTTY))
    fail('BAD_OPTION', { option: '--yes', remedy: `${sentence}; there is no terminal to ask you at, so say it with --yes` });
  const lines = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(`${sentence}. Go on? [y/N] `), closed]);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) fail('ABORTED', { reason: 'nothing was changed' });
}
