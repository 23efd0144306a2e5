import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to PATH and HOME; nothing else of this process's environment is passed on. */
  readonly env?: Record<string, string>;
  /** The command is killed after so long; a minute by default. */
  readonly timeoutMs?: number;
}

const MINUTE = 60_000;

/** Runs a program to its end, without a shell. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env = {}, timeoutMs = MINUTE }: RunOptions = {},
): Promise<Ran> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      out.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out, tookMs: performance.now() - begun }));
  });
}
