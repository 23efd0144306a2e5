import { fail, LIMITS, type QueueSettings, SETTINGS, type SettingName, toMs } from '@tiercel/protocol';
import { size, span } from './measure.js';

/** What `attempts=3 leaseMs=1m maxItems=` asks for: what is set, and what is taken back. The client checks the ranges. Throws BAD_OPTION. */
export function readSettings(words: readonly string[]): { readonly set: QueueSettings; readonly clear: readonly SettingName[] } {
  const pairs = words.map(readPair);
  const set = pairs.filter(([, text]) => text !== '').map(([name, text]) => [name, readValue(name, text)]);
  return { set: Object.fromEntries(set), clear: pairs.filter(([, text]) => text === '').map(([name]) => name) };
}

/** As one would write it. */
export const settingAsWord = (name: string, value: unknown): string => `${name}=${shown(name, value)}`;

function readPair(word: string): readonly [name: SettingName, text: string] {
  const at = word.indexOf('=');
  const name = word.slice(0, at < 0 ? undefined : at);
  if (at < 0 || !SETTINGS.includes(name as SettingName))
    fail('BAD_OPTION', {
      argument: 'settings',
      expected: `NAME=VALUE, the name one of ${SETTINGS.join(', ')}`,
      got: word.slice(0, 80),
    });
  return [name as SettingName, word.slice(at + 1)];
}

function readValue(name: SettingName, text: string): string | number | boolean {
  if (name === 'paused' || name === 'fanoutOnly')
    return text === 'true' || text === 'false' ? text === 'true' : refuse(name, 'true or false', text);
  if (name === 'whenFull' || name === 'expireTo' || name === 'fanout') return text;
  if (name.endsWith('Ms')) return /^\d{1,15}$/.test(text) ? Number(text) : toMs(name, text, LIMITS.delayMs);
  const match = /^(\d{1,15})(B|KiB|MiB|GiB)?$/.exec(text);
  if (!match || (match[2] && !name.endsWith('Bytes'))) return refuse(name, 'a whole number', text);
  return Number(match[1]) * 1024 ** Math.max(0, SIZES.indexOf(match[2] ?? 'B'));
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB'];

const refuse = (option: string, expected: string, got: string): never =>
  fail('BAD_OPTION', { option, expected, got: got.slice(0, 40) });

function shown(name: string, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  return name.endsWith('Ms') ? span(value) : name.endsWith('Bytes') ? size(value).replace(' ', '') : value;
}
