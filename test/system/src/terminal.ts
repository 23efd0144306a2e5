import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '@tiercel/test-support';

/** A command on a terminal of its own, 100 columns wide and 30 lines high. */
export interface Terminal {
  /** Everything it has shown so far, with what moves the cursor. */
  readonly shown: string;
  /** As if somebody typed it. */
  type(text: string): void;
  /** Waits until it has shown this. */
  shows(what: RegExp): Promise<RegExpExecArray>;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>;
}

/** Runs a command on a terminal, by `script` of util-linux. */
export function onTerminal(command: string, env: Record<string, string>): Terminal {
  const child = spawn('script', ['--quiet', '--return', '--command', `stty rows 30 columns 100; exec ${command}`, '/dev/null'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  return {
    get shown() {
      return shown;
    },
    type: (text) => void child.stdin.write(text),
    shows: (what) => eventually(() => what.exec(shown) ?? undefined, { what: `${what} on the terminal, which shows ${shown}` }),
    ended: once(child, 'close').then(([code]) => code as number),
  };
}
