import { fail } from '@tiercel/protocol';

/** What was written behind a flag, as a whole number. Throws BAD_OPTION. */
export function readWhole(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? value
    : fail('BAD_OPTION', { option, expected: `a whole number from ${min} to ${max}`, got: text.slice(0, 40) });
}
