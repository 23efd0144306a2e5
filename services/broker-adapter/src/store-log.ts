import type { Log } from '@tiercel/actors';
import type { Instruments } from '@tiercel/store';

/** Tells one after the other. */
export const each =
  (...tells: readonly Instruments['onCall'][]): Instruments['onCall'] =>
  (...call) => {
    for (const tell of tells) tell(...call);
  };

/** Logs every call of the storage that did something, at debug; its failures at warn. */
export const logCalls =
  (log: Log): Instruments['onCall'] =>
  (verb, tookMs, items, err) => {
    if (err !== undefined) log.warn({ verb, tookMs, err }, 'storage call failed');
    else if (items > 0) log.debug({ verb, tookMs, items }, 'storage called');
  };
