import { hostname } from 'node:os';
import type { Machine } from './machine.js';

/** The process this code runs in. */
export function thisProcess(): Machine {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    pid: process.pid,
    hostname: hostname(),
    stdout: process.stdout,
    parent: () => process.ppid,
    complain: (line) => process.stderr.write(`${line}\n`),
    on: (event, act) => process.on(event as 'SIGTERM', act),
    onUncaught: (act) => process.on('uncaughtException', act),
    onUnread: (act) => {
      process.stdout.on('error', act);
      process.stderr.on('error', () => {}); // nobody is left who could be told
    },
    reportReady: () => process.send?.({ ready: true }),
    exit: (code) => process.exit(code),
  };
}
