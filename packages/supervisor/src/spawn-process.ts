import { spawn } from 'node:child_process';
import type { Child, Launch, ProcessEnd } from './program.js';

/**
 * Starts a process in a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone, which then drains in
 * order. It writes to this process's own stdout and stderr, line by line as it always does. `TIERCEL_PARENT` and a closed channel tell
 * it when this process is gone.
 */
export function spawnProcess({ command, args, env }: Launch): Child {
  const child = spawn(command, args, {
    env: { ...env, TIERCEL_PARENT: String(process.pid) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
    shell: false,
  });
  let ready = false;
  const readied = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if ((message as { ready?: unknown } | null)?.ready !== true) return;
      ready = true;
      resolve();
    });
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, ready, fault: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal, ready, fault: '' }));
  });
  // what it left behind in its group must not outlive it
  void ended.then(() => killGroup(child.pid));
  return { pid: child.pid, readied, ended, terminate: () => child.kill('SIGTERM'), kill: () => killGroup(child.pid) };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the whole group is gone already, which is what was wanted
  }
}
