import { link, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { threadId } from 'node:worker_threads';
import { fail } from '@tiercel/protocol';

/** A process, so that another that later has its number is not taken for it. What a system does not tell is ''. */
export interface Process {
  readonly pid: number;
  /** When it was started, as the system counts. */
  readonly startedAt: string;
  /** Changes with every start of the machine. */
  readonly bootId: string;
  readonly host: string;
}

/** What an owner needs to know of the processes here. */
export interface Processes {
  readonly self: Process;
  isAlive(process: Process): Promise<boolean>;
}

export interface Owner {
  /** Leaves the store to whoever comes next. */
  release(): Promise<void>;
}

interface Claim extends Partial<Process> {
  /** Of the owners so far; the last counts. */
  readonly turn: number;
}

const FILE = /^owner\.(\d+)$/;
/** Others who take over in the same moment: each time one of them wins. */
const TRIES = 100;

/**
 * Makes this process the only owner of a directory. Each owner leaves a file `owner.<turn>`, and who comes next makes the one with the
 * next number: the file system gives that to one only, whole and at once (`link`), however many try. Who releases empties the file, which a
 * full disk allows. The last file is never taken away, so no number comes twice. Throws STORAGE_OWNED with `pid`, `host` and the `file` that says so.
 */
export async function takeOwnership(directory: string, processes: Processes): Promise<Owner> {
  for (let time = 0; time < TRIES; time++) {
    const last = await lastClaim(directory);
    if (last && (await isHeld(last, processes))) refuse(directory, last);
    const turn = (last?.turn ?? 0) + 1;
    if (await claim(directory, { turn, ...processes.self })) return { release: () => truncate(join(directory, nameOf(turn))) };
  }
  return fail('STORAGE_OWNED', { path: directory, reason: `others took it ${TRIES} times` });
}

const refuse = (directory: string, { turn, pid = 0, host = '' }: Claim): never =>
  fail('STORAGE_OWNED', { pid, host, file: join(directory, nameOf(turn)) });

/** A released claim is empty. Of another machine nothing is known, so it counts as held until somebody removes its file. */
async function isHeld({ pid, startedAt = '', bootId = '', host = '' }: Claim, { self, isAlive }: Processes): Promise<boolean> {
  if (pid === undefined) return false;
  if (host !== self.host) return true;
  return bootId === self.bootId && isAlive({ pid, startedAt, bootId, host });
}

async function lastClaim(directory: string): Promise<Claim | undefined> {
  const turn = Math.max(0, ...(await turnsIn(directory)));
  if (turn === 0) return undefined;
  try {
    return { turn, ...JSON.parse(await readFile(join(directory, nameOf(turn)), 'utf8')) };
  } catch {
    // Released; or somebody is a turn further and has tidied up; or the machine went down before the text was on the disk.
    return { turn };
  }
}

/** Whether the turn is ours. Who comes with an old number, whose file was tidied up since, finds a higher one. */
async function claim(directory: string, claim: Claim): Promise<boolean> {
  if (!(await make(directory, claim))) return false;
  const turns = await turnsIn(directory);
  const isOurs = Math.max(...turns) === claim.turn;
  for (const turn of isOurs ? turns.filter((each) => each < claim.turn) : [claim.turn]) await remove(directory, nameOf(turn));
  return isOurs;
}

async function make(directory: string, claim: Claim): Promise<boolean> {
  const draft = await write(directory, claim);
  try {
    await link(join(directory, draft), join(directory, nameOf(claim.turn)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await remove(directory, draft);
  }
}

let drafts = 0;

/** A file of its own for each that asks, also in one process. */
async function write(directory: string, { turn, ...process }: Claim): Promise<string> {
  const draft = `draft-${pid}-${threadId}-${++drafts}`;
  await writeFile(join(directory, draft), `${JSON.stringify(process)}\n`, { mode: 0o600 });
  return draft;
}

const remove = (directory: string, name: string): Promise<void> => rm(join(directory, name), { force: true });

const nameOf = (turn: number): string => `owner.${turn}`;

async function turnsIn(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number);
}
