import type { Log } from '@tiercel/actors';

/** A log whose lines go to the trace. */
export function traceLog(note: (line: string) => void, around: object = {}): Log {
  const write = (level: string) => (facts: object, message: string) =>
    note(`log ${level} ${message} ${shown({ ...around, ...facts })}`);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (facts) => traceLog(note, { ...around, ...facts }),
  };
}

const shown = (facts: object): string =>
  Object.entries(facts)
    .map(([key, value]) => `${key}=${value instanceof Error ? (value.stack ?? value.message) : String(value)}`)
    .join(' ');
