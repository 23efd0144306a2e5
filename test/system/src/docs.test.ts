import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Installation } from './installation.js';
import { run } from './run.js';
import { openScratch, type Scratch } from './scratch.js';
import { promisedOutput, snippets } from './snippets.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** Their commands speak to an installation. */
const COMMAND_PAGES = ['docs/cli.md', 'docs/kestrel.md'];
const SCRATCH = `${ROOT}/test/system/.snippets`;
const MINUTES = 60_000;

/** Commands that never end, or that run this very test, and what is run for them. */
const INSTEAD: Record<string, string | undefined> = {
  'npm start': 'npm start -- --once',
  'npm test': 'npm run build',
};

let scratch: Scratch;
let installation: Installation;

beforeAll(async () => {
  scratch = await openScratch();
  const handlers = `${ROOT}/examples/hello-world/handlers.mjs`;
  installation = new Installation({ ...scratch.env, TIERCEL_HANDLERS: handlers, TIERCEL_PRODUCERS: '0' });
  installation.start();
  await installation.up('consumer', 1);
});

afterAll(async () => {
  rmSync(SCRATCH, { recursive: true, force: true });
  await installation.stop();
  await scratch.close();
});

const all = snippets(ROOT);
const programs = all.filter(({ language }) => language === 'ts' || language === 'js');
const commands = all
  .filter(({ language }) => language === 'sh')
  .flatMap(({ file, line, text }) =>
    text
      .split('\n')
      .filter((command) => command !== '')
      .map((command) => ({ file, line, command })),
  );

test('the documentation has snippets and commands to run', () => {
  expect(programs.length).toBeGreaterThan(0);
  expect(commands.length).toBeGreaterThan(2);
  expect(all.filter(({ language }) => !['ts', 'js', 'sh', 'text', 'json'].includes(language))).toEqual([]);
});

test.each(programs)('$file:$line runs and prints what it says', { timeout: MINUTES }, async ({ file, line, text }) => {
  const name = `${file.replaceAll('/', '-')}-${line}`;
  mkdirSync(`${SCRATCH}/${name}`, { recursive: true });
  writeFileSync(`${SCRATCH}/${name}/snippet.mts`, text);
  writeFileSync(
    `${SCRATCH}/${name}/tsconfig.json`,
    JSON.stringify({
      extends: `${ROOT}/tsconfig.json`,
      compilerOptions: { composite: false, incremental: false, noUnusedLocals: false },
      files: ['snippet.mts'],
    }),
  );

  const compiled = await run(`${ROOT}/node_modules/.bin/tsc`, ['-p', `${SCRATCH}/${name}`]);
  expect(compiled.stdout).toBe('');
  const ran = await run(process.execPath, [`${SCRATCH}/${name}/snippet.mjs`]);

  expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' });
  for (const promised of promisedOutput(text)) expect(ran.stdout).toContain(promised);
});

test.each(commands)('$file:$line `$command` works', { timeout: 3 * MINUTES }, async ({ file, command }) => {
  const env = COMMAND_PAGES.includes(file) ? scratch.env : {};

  const { code, stderr } = await run('sh', ['-c', INSTEAD[command] ?? command], { cwd: ROOT, env, timeoutMs: 2 * MINUTES });

  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
});
