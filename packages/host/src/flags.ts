import { parseArgs } from 'node:util';
import { fail } from '@tiercel/protocol';
import { SETTINGS, type SettingName } from './settings.js';

/**
 * `--queue a --queue b --demo` as `{ queue: 'a,b', demo: 'true' }`. Knows which flags of `names` stand alone; unknown ones are kept
 * for {@link readConfig} to report. Throws `BAD_CONFIG` on words that are no flags.
 */
export function parseFlags(argv: readonly string[], names: readonly SettingName[]): Record<string, string> {
  const bare = names.filter((key) => (SETTINGS[key].reader as { bare?: boolean }).bare).map((key) => SETTINGS[key].flag);
  const withValue = names.map((key) => SETTINGS[key].flag).filter((flag) => !bare.includes(flag));
  const options = Object.fromEntries([...bare.map(asBoolean), ...withValue.map(asString)]);
  const { values, positionals } = parseArgs({ args: [...argv], options, strict: false });
  const isStrange = Object.keys(values).some((flag) => !(flag in options)); // then the words may be its values
  if (positionals.length > 0 && !isStrange) {
    fail('BAD_CONFIG', { arguments: `expected flags only, got ${JSON.stringify(positionals.join(' '))}` });
  }
  return Object.fromEntries(Object.entries(values).map(([flag, value]) => [flag, String(value)]));
}

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
