import { parseArgs } from 'node:util';
import { fail } from '@tiercel/protocol';
import type { Reader } from './reader.js';
import { SETTINGS, type SettingName } from './settings.js';

/**
 * `--queue a --queue b --demo` as `{ queue: 'a,b', demo: 'true' }`. Knows which flags of `names` stand alone, and which may; unknown ones are kept
 * for {@link readConfig} to report. Throws `BAD_CONFIG` on words that are no flags, and on flags without a value.
 */
export function parseFlags(argv: readonly string[], names: readonly SettingName[]): Record<string, string> {
  const bare = names.filter((key) => readerOf(key).bare).map((key) => SETTINGS[key].flag);
  const withValue = names.map((key) => SETTINGS[key].flag).filter((flag) => !bare.includes(flag));
  const options = Object.fromEntries([...bare.map(asBoolean), ...withValue.map(asString)]);
  const { values, positionals } = parseArgs({
    args: argv.map((word, at) => completed(word, argv[at + 1], names)),
    options,
    strict: false,
  });
  const isStrange = Object.keys(values).some((flag) => !(flag in options)); // then the words may be its values
  if (positionals.length > 0 && !isStrange) {
    fail('BAD_CONFIG', { arguments: `expected flags only, got ${JSON.stringify(positionals.join(' '))}` });
  }
  return Object.fromEntries(Object.entries(values).map(([flag, value]) => [flag, String(value)]));
}

/** A flag behind a flag is no value: the first stands alone, if it may. */
function completed(word: string, next: string | undefined, names: readonly SettingName[]): string {
  const key = names.find((name) => word === `--${SETTINGS[name].flag}`);
  if (key === undefined || readerOf(key).bare || (next !== undefined && !next.startsWith('--'))) return word;
  if (readerOf(key).mayStandAlone) return `${word}=true`;
  return fail('BAD_CONFIG', {
    [word]: `expected ${readerOf(key).expected}, got ${next ? `the flag ${next.split('=', 1)[0]}` : 'nothing'}`,
  });
}

const readerOf = (key: SettingName): Reader<unknown> => SETTINGS[key].reader;

/** The flags of a service and the variables read without them, for `--help`. */
export function flagHelp(names: readonly SettingName[], required: readonly SettingName[] = []): string {
  const rows = names.map((key) => ({ ...SETTINGS[key], mark: required.includes(key) ? ' (required)' : '' }));
  const flagWidth = Math.max(...rows.map(({ flag }) => flag.length)) + 4;
  const variableWidth = Math.max(...rows.map(({ variable }) => variable.length)) + 2;
  return rows
    .map(({ flag, variable, about, fallback, mark }) => {
      const standard = fallback ? ` [${fallback}]` : mark;
      return `  ${`--${flag}`.padEnd(flagWidth)}${variable.padEnd(variableWidth)}${about}${standard}`;
    })
    .join('\n');
}

const asBoolean = (flag: string) => [flag, { type: 'boolean', multiple: true }] as const;
const asString = (flag: string) => [flag, { type: 'string', multiple: true }] as const;
