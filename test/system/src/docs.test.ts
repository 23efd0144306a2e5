import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { run } from './run.js';
import { promisedOutput, snippets } from './snippets.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const SCRATCH = `${ROOT}/test/system/.snippets`;
const MINUTES = 60_000;

/** Commands that never end, or that run this very test, and what is run for them. */
const INSTEAD: Record<string, string | undefined> = {
  'npm start': 'npm start -- --once',
  'npm test': 'npm run build',
};

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

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

test.each(commands)('$file:$line `$command` works', { timeout: 3 * MINUTES }, async ({ command }) => {
  const [program = '', ...args] = (INSTEAD[command] ?? command).split(' ');

  const { code, stderr } = await run(program, args, { cwd: ROOT, timeoutMs: 2 * MINUTES });

  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
});
