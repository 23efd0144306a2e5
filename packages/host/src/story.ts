import type { DestinationStream } from 'pino';
import { type Fields, SENTENCES } from './sentences.js';

/** Turns log lines into `[consumer 1234] performed HelloWorld for acme in 2 ms`. */
export function storyStream(out: NodeJS.WritableStream, colour: boolean): DestinationStream {
  return {
    write(line) {
      const told = tell(JSON.parse(line) as Fields);
      if (told) out.write(`${colour ? paint(told) : told}\n`);
    },
  };
}

/** Lines that speak to the reader and not of a process; they stand alone. */
const TO_THE_READER = new Set(['fleet ready']);

function tell(line: Fields): string | undefined {
  const sentence = SENTENCES[line.msg as string];
  if (!sentence && line.level === 'debug') return undefined;
  const told = sentence ? sentence(line) : plain(line);
  return told && (TO_THE_READER.has(line.msg as string) ? `\n${told}\n` : `[${line.service} ${line.pid}] ${told}`);
}

const HIDDEN = new Set(['level', 'time', 'service', 'instance', 'pid', 'msg', 'component']);

/** Any other line: its message, then its facts. */
function plain(line: Fields): string {
  const facts = Object.entries(line).filter(([key, value]) => !HIDDEN.has(key) && value !== undefined);
  const shown = facts.map(([key, value]) => `${key}=${brief(value)}`).join(' ');
  const warned = line.level === 'warn' || line.level === 'error' ? `${String(line.level)}: ` : '';
  return `${warned}${line.msg}${shown ? ` (${shown})` : ''}`;
}

function brief(value: unknown): string {
  if (typeof value === 'string') return value;
  const message = (value as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : JSON.stringify(value);
}

/** The bracket in grey, so that the eye finds the sentence. */
const paint = (told: string): string => told.replace(/^\[[^\]]*\]/, '\x1b[90m$&\x1b[0m');
