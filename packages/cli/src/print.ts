import { toJson } from '@tiercel/client';
import type { CommonFlags } from './connection.js';

/** The answer of a command on stdout: JSON on one line with `--json`, else as people read it. */
export function print({ json }: Pick<CommonFlags, 'json'>, value: unknown, human: () => string): void {
  process.stdout.write(`${json ? toJson(value) : human()}\n`);
}
