import {
  fanoutOf,
  isFanout,
  isName,
  LIMITS,
  NEVER_MS,
  type QueueSettings,
  SETTINGS,
  type SettingName,
  type SettingsChange,
  TO_DEAD,
  WHEN_FULL,
} from '@tiercel/protocol';
import { flag, refuse, whole, word } from './bounded.js';

/** What a caller sets and takes back, each setting held against its bounds. Throws BAD_OPTION. */
export function settingsChange(queue: string, set: QueueSettings, clear: readonly SettingName[]): SettingsChange {
  for (const [name, value] of Object.entries(set)) {
    if (value !== undefined) CHECKS[word('settings', name as SettingName, SETTINGS)](name, value as never, queue);
  }
  return { set, clear: [...new Set(clear)].map((name) => word('clear', name, SETTINGS)) };
}

type Checks = { readonly [K in SettingName]: (option: string, value: NonNullable<QueueSettings[K]>, queue: string) => unknown };

const upTo =
  (max: number) =>
  (option: string, value: number): number =>
    whole(option, value, 0, max);
const amount = upTo(NEVER_MS);

const CHECKS: Checks = {
  paused: flag,
  leaseMs: (option, value) => (value === 0 ? value : whole(option, value, LIMITS.leaseMinMs, LIMITS.leaseMs)),
  attempts: upTo(LIMITS.attempts),
  maxAgeMs: upTo(LIMITS.delayMs),
  expireTo: (option, value, queue) =>
    value === '' || value === TO_DEAD || (isName(value) && value !== queue)
      ? value
      : refuse(option, `'', ${TO_DEAD} or the name of another queue`, value),
  finishedMs: amount,
  finishedMax: amount,
  finishedBytes: amount,
  deadMs: amount,
  deadMax: amount,
  deadBytes: amount,
  maxItems: amount,
  maxBytes: amount,
  maxItemBytes: amount,
  whenFull: (option, value) => word(option, value, WHEN_FULL),
  fanout: (option, value, queue) =>
    isFanout(value) && !fanoutOf(value).includes(queue)
      ? value
      : refuse(option, `names of at most ${LIMITS.fanoutQueues} other queues, with commas between`, value),
  fanoutOnly: flag,
  maxAborts: upTo(LIMITS.attempts),
};
