import { type Duration, fail, toMs } from '@tiercel/protocol';

/*
 * What a caller may say, each held against its bounds. All throw BAD_OPTION, which names the option, what it expects and what it got.
 */

export const duration = (option: string, given: Duration | undefined, standard: number, max: number): number =>
  given === undefined ? standard : toMs(option, given, max);

export function whole(option: string, given: number, min: number, max: number): number {
  return Number.isInteger(given) && given >= min && given <= max ? given : refuse(option, `a whole number ${min} to ${max}`, given);
}

export const flag = (option: string, given: boolean): boolean =>
  typeof given === 'boolean' ? given : refuse(option, 'true or false', given);

export const word = <W extends string>(option: string, given: W, words: readonly W[]): W =>
  words.includes(given) ? given : refuse(option, words.join(', '), given);

export const text = (option: string, given: string, maxChars: number): string =>
  typeof given === 'string' && given.length <= maxChars ? given : refuse(option, `text of at most ${maxChars} characters`, given);

const SHOWN_CHARS = 40;

export const refuse = (option: string, expected: string, got: unknown): never =>
  fail('BAD_OPTION', { option, expected, got: String(got).slice(0, SHOWN_CHARS) });
