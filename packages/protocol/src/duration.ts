import { fail } from './errors.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds, or text such as `'250ms'`, `'5s'`, `'1.5m'`, `'2h'`, `'7d'`. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/** A duration in whole milliseconds. Throws `BAD_OPTION` when it cannot be read or is outside 0 … `maxMs`. */
export function toMs(option: string, value: Duration | string, maxMs: number): number {
  const ms = typeof value === 'number' ? value : parse(value);
  if (Number.isFinite(ms) && ms >= 0 && ms <= maxMs) return Math.round(ms);
  return fail('BAD_OPTION', { option, expected: `a duration such as 5s, at most ${maxMs}ms`, got: String(value).slice(0, 40) });
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
}
