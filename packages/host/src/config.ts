import { fail } from '@tiercel/protocol';
import { nearest } from './near.js';
import { fileVariable, readSecret } from './secret-file.js';
import { hideSecrets } from './secrets.js';
import { type Config, SECRET, SETTINGS, type Setting, type SettingName } from './settings.js';

/** Text from outside: environment by variable, flags by name without `--`. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string>>;
}

/** Set by whoever starts a process, not by people. */
const INTERNAL = ['TIERCEL_PARENT'];

const FILES = SECRET.map((key) => fileVariable(SETTINGS[key].variable));

/**
 * Reads the named settings: flag first, then environment, then, of a secret, the file that the environment names, then fallback. An empty
 * variable counts as absent.
 * `required` ones have no fallback and must be there. Throws `BAD_CONFIG` with every fault at once: its facts are `expected …, got …` by flag or variable.
 */
export function readConfig<K extends SettingName>(
  names: readonly K[],
  sources: Sources,
  required: readonly K[] = [],
): Readonly<Pick<Config, K>> {
  const faults: Record<string, string> = unknownFlags(names, sources.flags);
  const values = names.map((key) => [key, readOne(SETTINGS[key] as Setting<unknown>, sources, faults)]);
  for (const [key, value] of values)
    if (value === undefined && required.includes(key as K)) noteMissing(SETTINGS[key as K], faults);
  if (Object.keys(faults).length > 0) fail('BAD_CONFIG', faults);
  return Object.freeze(Object.fromEntries(values)) as Readonly<Pick<Config, K>>;
}

/** What the environment, or a file it names, says of a secret, unread; `undefined` when neither does. Throws BAD_CONFIG. */
export function secretIn(env: Sources['env'], key: (typeof SECRET)[number]): string | undefined {
  const { variable } = SETTINGS[key];
  return env[variable] || (env[fileVariable(variable)] ? readConfig([key], { env, flags: {} })[key] : undefined);
}

/** A sentence for each `TIERCEL_…` variable that nothing reads. */
export function unknownVariables(env: Sources['env']): readonly string[] {
  const known = [...Object.values(SETTINGS).map((setting) => setting.variable), ...FILES, ...INTERNAL];
  const strange = Object.keys(env).filter((variable) => variable.startsWith('TIERCEL_') && !known.includes(variable));
  return strange.map((variable) => `nothing reads ${variable}${meant(nearest(variable, known))}`);
}

/** A configuration as the variables of a process that is to run with the same. */
export function variablesOf(config: Partial<Config>): Record<string, string> {
  const set = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([key, value]) => [SETTINGS[key as SettingName].variable, textOf(key, value)]));
}

/** The settings as a table in Markdown, for the documentation. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(({ flag, variable, fallback, about, reader }) =>
    row([`\`--${flag}\``, `\`${variable}\``, fallback === undefined ? '' : `\`${fallback}\``, about, reader.expected]),
  );
  return [row(['flag', 'variable', 'default', 'what it is', 'expected']), row(['---', '---', '---', '---', '---']), ...rows].join(
    '\n',
  );
}

function readOne(setting: Setting<unknown>, { env, flags }: Sources, faults: Record<string, string>): unknown {
  const flag = flags[setting.flag];
  const file = FILES.includes(fileVariable(setting.variable)) ? env[fileVariable(setting.variable)] : undefined;
  if (flag === undefined && !env[setting.variable] && file) return readFrom(file, setting, faults);
  const [source, text] =
    flag !== undefined ? [`--${setting.flag}`, flag] : [setting.variable, env[setting.variable] || setting.fallback];
  if (text === undefined) return undefined;
  const value = setting.reader.read(text);
  if (value === undefined) faults[source] = `expected ${setting.reader.expected}, got ${shown(text)}`;
  return value;
}

/** Nothing of what the file holds is repeated in a fault. */
function readFrom(file: string, { variable, reader }: Setting<unknown>, faults: Record<string, string>): unknown {
  const { text, fault } = readSecret(file);
  const value = text === undefined ? undefined : reader.read(text);
  if (value === undefined)
    faults[fileVariable(variable)] = `expected a file with ${reader.expected}, got ${fault ?? 'another text'}`;
  return value;
}

/** A setting that is faulty already is not missing as well. */
function noteMissing({ flag, variable, reader }: Setting<unknown>, faults: Record<string, string>): void {
  if (!(`--${flag}` in faults || variable in faults)) faults[`--${flag}`] = `expected ${reader.expected}, got nothing`;
}

function unknownFlags(names: readonly SettingName[], flags: Sources['flags']): Record<string, string> {
  const known = names.map((key) => SETTINGS[key].flag);
  const strange = Object.keys(flags).filter((flag) => !known.includes(flag));
  return Object.fromEntries(
    strange.map((flag) => [`--${flag}`, `expected a flag of this command, got none${meant(nearest(flag, known), '--')}`]),
  );
}

const meant = (candidate: string | undefined, dashes = ''): string => (candidate ? `; did you mean ${dashes}${candidate}?` : '');
const shown = (text: string): string => JSON.stringify(hideSecrets(text).slice(0, 120));
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const textOf = (key: string, value: unknown): string => (key.endsWith('Ms') ? `${value}ms` : String(value));
