import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A handler began or ended a job, as it noted itself. */
export interface Note {
  readonly event: 'began' | 'ended';
  readonly id: string;
  /** The name of its container. */
  readonly host: string;
  readonly atMs: number;
}

/** What handlers in containers did, kept on the machine: a folder that they mount. */
export class Ledger {
  readonly dir = mkdtempSync(join(tmpdir(), 'tiercel-compose-'));
  readonly #file = join(this.dir, 'ledger');

  constructor() {
    chmodSync(this.dir, 0o777); // they are another user, who could not write what whoever reads first made
    writeFileSync(this.#file, '');
    chmodSync(this.#file, 0o666);
  }

  read(): Note[] {
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map(parse);
  }

  /** What a container began and has not ended by a time. */
  open(host: string, atMs: number): string[] {
    const notes = this.read().filter((note) => note.host === host && note.atMs <= atMs);
    const ended = new Set(notes.filter(({ event }) => event === 'ended').map(({ id }) => id));
    return [...new Set(notes.map(({ id }) => id))].filter((id) => !ended.has(id));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function parse(line: string): Note {
  const [event, id = '', host = '', atMs] = line.split(' ');
  return { event: event as Note['event'], id, host, atMs: Number(atMs) };
}
