import type { Clock } from '@tiercel/actors';
import { SHUTDOWN_ALLOWED } from '../memcache-upkeep.js';
import type { Readers } from './readers.js';
import { bodyOf, type Report } from './report.js';

/** What the commands of the admin port stand on. */
export interface CommandParts {
  /** As it is told to clients of the other ports. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly beganAtMs: number;
  readonly report: () => Promise<Report>;
  readonly readers: Readers;
  /** Settings are read anew. */
  readonly reload: () => void;
  /** Absent: nobody may. */
  readonly shutDown?: (() => void) | undefined;
  readonly clock: Clock;
}

export interface CommandQuery {
  readonly period?: string | readonly string[];
  readonly namespace?: string | readonly string[];
}

/** An option that is out of its range. */
export class BadOption {
  readonly text: string;

  constructor(option: string, value: string, expected: string) {
    this.text = `Invalid option for stats command: ${option}:${value.slice(0, 80)}, expected ${expected}`;
  }
}

/** What nobody may, as it is. */
export class NotAllowed {
  readonly text: string;

  constructor(command: string, remedy: string) {
    this.text = `${command} is not allowed; ${remedy}`;
  }
}

/** `undefined`: there is no such command. */
type Told = string | object | BadOption | NotAllowed | undefined;
type Command = (parts: CommandParts, query: CommandQuery) => Told | Promise<Told>;

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['ping', () => 'pong'],
  ['stats', stats],
  ['server_info', serverInfo],
  [
    'reload',
    ({ reload }) => {
      reload();
      return 'ok';
    },
  ],
  [
    'shutdown',
    ({ shutDown }) => {
      if (shutDown === undefined) return new NotAllowed('shutdown', SHUTDOWN_ALLOWED);
      shutDown();
      return 'ok';
    },
  ],
]);

function serverInfo({ version, beganAtMs, clock }: CommandParts): Told {
  const start = new Date(beganAtMs).toUTCString();
  const uptime = Math.max(0, clock.now() - beganAtMs);
  return { name: 'kestrel', version, build: 'tiercel', build_revision: version, start_time: start, uptime };
}

async function stats({ report, readers }: CommandParts, { period, namespace }: CommandQuery): Promise<Told> {
  if (period !== undefined) return inPeriod(readers, String(period));
  if (namespace === undefined) return bodyOf(await report());
  const name = String(namespace);
  if (name.length > NAMESPACE_CHARS) return new BadOption('namespace', name, `at most ${NAMESPACE_CHARS} characters`);
  return bodyOf(await readers.namespace(name));
}

async function inPeriod(readers: Readers, seconds: string): Promise<Told> {
  const length = /^\d{1,4}$/.test(seconds) ? Number(seconds) : 0;
  if (length < 1 || length > PERIOD_SECONDS) return new BadOption('period', seconds, `1 to ${PERIOD_SECONDS} seconds`);
  const reading = readers.period(length * 1_000);
  return reading ? bodyOf(await reading) : new BadOption('period', seconds, 'one that is read already: there are too many');
}

const PERIOD_SECONDS = 3_600;
const NAMESPACE_CHARS = 128;
