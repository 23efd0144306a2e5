import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { aDirectory, openStore, refusal } from './lmdb.test.kit.js';
import { type Process, type Processes, takeOwnership } from './owner.js';
import { processesHere } from './processes.js';

/** Rounds of a race, and who takes part. */
const ROUNDS = 10;
const CONTENDERS = 6;

const DEAD: Process = { pid: 4_000_001, startedAt: '1', bootId: 'this-boot', host: 'here' };

/** Processes as a test wants them: all but DEAD are alive. */
const processes = (
  self: Partial<Process> = {},
  isAlive: Processes['isAlive'] = async ({ pid }) => pid !== DEAD.pid,
): Processes => ({
  self: { ...DEAD, pid: 7, ...self },
  isAlive,
});

/** A directory whose owner has left this behind. */
async function leftBy(owner: Partial<Process>, turn = 1): Promise<string> {
  const directory = await aDirectory();
  await writeFile(join(directory, `owner.${turn}`), JSON.stringify(owner));
  return directory;
}

const hasWon = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    (error: { code: string }) => (error.code === 'STORAGE_OWNED' ? false : Promise.reject(error)),
  );

test('a second one is told who owns the store, in one line', async () => {
  const path = await aDirectory();
  await openStore({ path });

  const { message } = await refusal(openStore({ path }));

  expect(message).toMatch(/^STORAGE_OWNED: .* \(pid=\d+, host=\S+, file=.*owner\.1\)$/);
  expect(message).toContain(`pid=${process.pid},`);
  expect(message.split('\n')).toHaveLength(1);
});

test('a store that was closed is free, and leaves one file of its owners', async () => {
  const path = await aDirectory();
  for (let time = 0; time < 3; time++) await (await openStore({ path })).close();

  await openStore({ path });

  expect((await readdir(path)).filter((name) => /owner|draft/.test(name))).toEqual(['owner.4']);
});

test('what a dead process owned is taken over', async () => {
  await takeOwnership(await leftBy(DEAD), processes());
});

test('what a process owned that ended is taken over, also while nobody takes note of its end', async () => {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(said.toString());
  const here = await processesHere();
  const stat = (await readFile(`/proc/${child}/stat`, 'utf8')).split(' ');
  const owner = { ...here.self, pid: child, startedAt: stat[21] ?? '' };
  expect(await here.isAlive(owner)).toBe(true);

  process.kill(child, 'SIGKILL');

  await expect.poll(() => here.isAlive(owner)).toBe(false);
  expect(process.kill(child, 0)).toBe(true); // its number is still taken
  await takeOwnership(await leftBy(owner), here);
});

test('what a process owned whose number another has now is taken over', async () => {
  const { self } = await processesHere();

  await takeOwnership(await leftBy({ ...self, startedAt: '12345' }), await processesHere());
  await expect(takeOwnership(await leftBy(self), await processesHere())).rejects.toThrow('STORAGE_OWNED');
});

test('what was owned before the machine was started again is taken over, even if the number is in use', async () => {
  await takeOwnership(await leftBy({ ...DEAD, pid: 7, bootId: 'last-boot' }), processes());
});

test('of another machine nothing is known, so nothing is taken from it', async () => {
  const directory = await leftBy({ ...DEAD, host: 'elsewhere', bootId: 'another' });

  expect((await refusal(takeOwnership(directory, processes()))).facts).toMatchObject({ host: 'elsewhere' });
});

test('an owner whose file the machine lost half written is dead with the machine', async () => {
  const directory = await aDirectory();
  await writeFile(join(directory, 'owner.3'), '{"pid":12');

  await takeOwnership(directory, processes());

  expect(await readdir(directory)).toEqual(['owner.4']);
});

test('who judged an owner dead long ago takes nothing from those who came since', async () => {
  const directory = await leftBy(DEAD, 5);
  const slow = processes({ pid: 8 }, async ({ pid }) => {
    if (pid !== DEAD.pid) return true;
    await (await takeOwnership(directory, processes())).release();
    await takeOwnership(directory, processes()); // turn 7; the file of turn 6 is gone
    return false;
  });

  expect((await refusal(takeOwnership(directory, slow))).facts).toMatchObject({ pid: 7 });
  expect(await readdir(directory)).toEqual(['owner.7']);
});

test('of many who take over at once, in one process, one wins', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const directory = await leftBy(DEAD);
    const attempts = Array.from({ length: CONTENDERS * 4 }, (_, at) => takeOwnership(directory, processes({ pid: 100 + at })));

    const won = await Promise.all(attempts.map(hasWon));

    expect(won.filter(Boolean)).toHaveLength(1);
  }
});

test('of many processes that take over at once one wins', { timeout: 60_000 }, async () => {
  const contenders = Array.from({ length: CONTENDERS }, () => fork(join(import.meta.dirname, 'contender.test.kit.js')));
  for (const contender of contenders) onTestFinished(() => void contender.kill('SIGKILL'));
  await Promise.all(contenders.map((contender) => once(contender, 'message')));

  for (let round = 0; round < ROUNDS; round++) {
    const directory = await leftBy({ ...DEAD, host: (await processesHere()).self.host });
    const answers = contenders.map((contender) => once(contender, 'message'));
    for (const contender of contenders) contender.send(directory);

    const won = (await Promise.all(answers)).map(([answer]) => answer);

    expect(won.filter((answer) => answer === 'won')).toHaveLength(1);
    expect(won.filter((answer) => answer === 'STORAGE_OWNED')).toHaveLength(CONTENDERS - 1);
  }
});
