import type { Log } from '@tiercel/actors';
import { codeOf } from '@tiercel/protocol';
import type { Instruments } from '@tiercel/store';

/** Tells one after the other. */
export const each =
  (...tells: readonly Instruments['onCall'][]): Instruments['onCall'] =>
  (...call) => {
    for (const tell of tells) tell(...call);
  };

/** Logs every call of the storage that did something, at debug; its failures at warn, but for what it says it cannot do. */
export const logCalls =
  (log: Log): Instruments['onCall'] =>
  (verb, tookMs, items, err) => {
    if (err !== undefined && codeOf(err) === 'NOT_SUPPORTED') log.debug({ verb, tookMs }, 'storage cannot do this');
    else if (err !== undefined) log.warn({ verb, tookMs, err }, 'storage call failed');
    else if (items > 0) log.debug({ verb, tookMs, items }, 'storage called');
  };
