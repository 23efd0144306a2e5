import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One start of a handler, as the handler itself wrote it. */
export interface Effect {
  readonly tenant: string;
  readonly id: string;
  readonly attempt: number;
  /** The increasing part of the lease's token. */
  readonly token: bigint;
  readonly pid: number;
}

/**
 * What handlers did, kept outside the runtime: one line an effect, appended with one write, so that lines of several processes
 * neither mix nor vanish with the process that wrote them.
 */
export class Ledger {
  readonly file: string;
  #fd: number | undefined;

  constructor(file: string) {
    this.file = file;
  }

  write({ tenant, id, attempt, token, pid }: Effect): void {
    this.#fd ??= openSync(this.file, 'a');
    writeSync(this.#fd, `${tenant} ${id} ${attempt} ${token} ${pid}\n`);
  }

  read(): Effect[] {
    const lines = readFileSync(this.file, { encoding: 'utf8', flag: 'a+' }).split('\n');
    return lines.filter((line) => line !== '').map(parse);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function parse(line: string): Effect {
  const [tenant = '', id = '', attempt, token, pid] = line.split(' ');
  return { tenant, id, attempt: Number(attempt), token: BigInt(token ?? 0), pid: Number(pid) };
}
