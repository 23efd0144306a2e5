import type { Log } from '@tiercel/actors';

type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A line of a log on its way to the thread or process that keeps the log. */
export type LogLine = readonly ['log', LogLevel, object, string];

/** A log whose lines are sent away. Facts arrive as plain data; a line without facts may be the message alone, as pino takes it. */
export function relayLog(send: (line: LogLine) => void, bound: object = {}): Log {
  const at =
    (level: LogLevel) =>
    (facts: object | string, message = ''): void =>
      typeof facts === 'string'
        ? send(['log', level, plain(bound), facts])
        : send(['log', level, plain({ ...bound, ...facts }), message]);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => relayLog(send, { ...bound, ...facts }),
  };
}

const plain = (facts: object): object => Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, plainValue(value)]));

/** A clone of an error would lose its code; what cannot be cloned at all is there as text. */
function plainValue(value: unknown): unknown {
  try {
    return structuredClone(value instanceof Error ? factsOf(value) : value);
  } catch {
    return textOf(value); // functions, sockets and the like: their text is all there is to log
  }
}

const factsOf = (error: Error): object => {
  const { name: type, code, message, stack } = error as Error & { code?: unknown };
  return { type, code, message, stack };
};

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'cannot be shown';
  }
}
