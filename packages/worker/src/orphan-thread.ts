import { workerData } from 'node:worker_threads';
import { realClock } from '@tiercel/actors';
import { killGroup, watchParent } from './orphan.js';

/** The entry of a thread in every child: ends its process group when the worker died while a handler blocks the child's loop. */
watchParent(realClock, (workerData as { parentPid: number }).parentPid, () => killGroup(process.pid));
