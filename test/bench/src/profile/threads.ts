import { syncBuiltinESMExports } from 'node:module';
import threads, { Worker, type WorkerOptions } from 'node:worker_threads';

// Loaded before a profiled program: a thread that is started with flags of its own, or with none, is profiled all the same.

const PROFILING = process.execArgv.filter((flag) => flag.startsWith('--cpu-prof'));

class ProfiledWorker extends Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const own = (options.execArgv ?? process.execArgv).filter((flag) => !PROFILING.includes(flag));
    super(file, { ...options, execArgv: [...own, ...PROFILING] });
  }
}

Object.assign(threads, { Worker: ProfiledWorker });
syncBuiltinESMExports();
