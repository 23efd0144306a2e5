import { asTiercelError, ERRORS, type ErrorCode } from '@tiercel/protocol';
import { remedyOf } from './remedy.js';
import { hideSecrets } from './secrets.js';

/** How a process of Tiercel ends. */
export const EXIT = { ok: 0, failure: 1, usage: 2, notFound: 3, refused: 4, unavailable: 5 } as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  BAD_CONFIG: EXIT.usage,
  BAD_OPTION: EXIT.usage,
  BAD_NAME: EXIT.usage,
  HANDLERS_NOT_LOADED: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  JOB_FAILED: EXIT.failure,
  CORRUPT: EXIT.failure,
  ABORTED: EXIT.failure,
  INTERNAL: EXIT.failure,
};

/** 5 for what may succeed later, 4 for what was refused, else what {@link EXIT} says. */
export function exitCodeOf(error: unknown): number {
  const { code } = asTiercelError(error);
  return BY_CODE[code] ?? (ERRORS[code].retryable ? EXIT.unavailable : EXIT.refused);
}

/** An error for people: one line, `CODE: sentence (facts)`; several faults of a configuration one below the other. No stack, no secret. */
export function explain(error: unknown): string {
  const known = asTiercelError(error);
  const remedy = remedyOf(known);
  if (remedy) return oneLine(`${known.code}: ${remedy}`);
  if (known.code !== 'BAD_CONFIG') return oneLine(known.message);
  const faults = Object.entries(known.facts).map(([source, fault]) => `${source}: ${fault}`);
  if (faults.length === 1) return `${known.code}: ${faults[0]}`;
  return [`${known.code}: ${ERRORS.BAD_CONFIG.sentence}`, ...faults.map((fault) => `  ${fault}`)].join('\n');
}

const oneLine = (text: string): string => hideSecrets(text).replaceAll('\n', ' ');
