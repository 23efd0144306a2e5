import { spawn } from 'node:child_process';

/** Where a door is, and a folder for what its clients need. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
}

const MOST_MS = 60_000;

/** Runs a program to its end, without a shell. Throws, with what it said, when it ends with none of `codes`. */
export function run(
  command: string,
  args: readonly string[],
  codes: readonly number[] = [0],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<{ readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: MOST_MS, killSignal: 'SIGKILL', ...options });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code !== null && codes.includes(code)) resolve(said);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}: ${said.stderr}${said.stdout}`));
    });
  });
}
