import type { DestinationStream, Logger, pino as Pino } from 'pino';
import { hideSecrets } from './secrets.js';
import { storyStream } from './story.js';

export interface LogOptions {
  readonly service: string;
  readonly instance: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: pretty on a terminal, else json; `story`: sentences for newcomers. */
  readonly format: 'auto' | 'json' | 'pretty' | 'story';
  /** Where lines go; `isTTY` decides `auto`. */
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly fd?: number };
  /** `NO_COLOR` set: no colours anywhere. */
  readonly colour: boolean;
}

/** The pino root of a process: one fact a line. Everything written passes {@link hideSecrets}. */
export async function createLog(options: LogOptions): Promise<Logger> {
  const { pino } = await import('pino'); // a command that only asks a broker needs none
  const { service, instance, level } = options;
  return pino(
    {
      base: { service, instance, pid: process.pid },
      // a story tells of single jobs, and those are debug lines
      level: options.format === 'story' && level === 'info' ? 'debug' : level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: hideSecrets },
    },
    await destinationOf(pino, options),
  );
}

async function destinationOf(pino: typeof Pino, { format, out, colour }: LogOptions): Promise<DestinationStream> {
  if (format === 'story') return storyStream(out, colour && out.isTTY === true);
  if (format === 'json' || (format === 'auto' && !out.isTTY)) return plainStream(pino, out);
  const { default: pretty } = await import('pino-pretty');
  return pretty({ colorize: colour, sync: true, destination: plainStream(pino, out), ignore: 'hostname,service,instance,pid' });
}

/** Synchronous where the stream is a file or pipe, so that the last line before a crash is not lost. */
const plainStream = (pino: typeof Pino, out: LogOptions['out']) =>
  out.fd === undefined ? (out as DestinationStream) : pino.destination({ fd: out.fd, sync: true });

/** An error as fields: what it is, our code and facts, its stack and its causes, four deep. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { code, facts } = error as { code?: unknown; facts?: unknown };
  const cause = error.cause === undefined || depth > 3 ? undefined : describeError(error.cause, depth + 1);
  return { type: error.name, message: error.message, code, facts, stack: error.stack, cause };
}
