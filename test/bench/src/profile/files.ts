import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByProcess } from '../usage.js';
import { busyTime, type Window, within } from './cpu-profile.js';
import { flameGraph } from './flame-graph.js';
import type { Recorded } from './recording.js';
import { type Basis, summaryOf, tellSummary } from './summary.js';

/** What was recorded, and what it is divided by. */
export interface Material {
  readonly title: string;
  /** What is known beside the recordings, as text. */
  readonly overview: string;
  readonly recorded: readonly Recorded[];
  /** `undefined`: all that was recorded. */
  readonly window: Window | undefined;
  readonly jobs: number;
  /** CPU time of each process in the window, in microseconds, as the system counted it. */
  readonly cpuUs: ByProcess;
}

interface Thread {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Writes a profile, a flame graph and a summary for each thread, and an index of them. Returns everything as text. */
export function writeProfiles(dir: string, { title, overview, recorded, window, jobs, cpuUs }: Material): string {
  mkdirSync(dir, { recursive: true });
  const cut = recorded.map((each) => ({ ...each, profile: window ? within(each.profile, window) : each.profile }));
  const threads = cut.map((each) => writeThread(dir, title, each, { jobs, onCore: onCore(each.role, cut, cpuUs) }));
  const text = [title, overview, ...threads.map((each) => `── ${each.name}\n\n${each.text}`)].join('\n\n');
  writeFileSync(join(dir, 'summary.txt'), `${text}\n`);
  writeFileSync(join(dir, 'index.html'), page(title, threads, text));
  return text;
}

function writeThread(dir: string, title: string, { role, thread, profile }: Recorded, basis: Basis): Thread {
  const name = thread === 0 ? role : `${role}, thread ${thread}`;
  const file = thread === 0 ? role : `${role}-${thread}`;
  writeFileSync(join(dir, `${file}.cpuprofile`), JSON.stringify(profile));
  writeFileSync(join(dir, `${file}.html`), flameGraph(profile, `${title}: ${name}`, basis));
  return { name, file, text: tellSummary(summaryOf(profile, basis)) };
}

/** Of a role's threads together: the system tells only what their process used. */
function onCore(role: string, recorded: readonly Recorded[], cpuUs: ByProcess): number {
  const busyUs = recorded.filter((each) => each.role === role).reduce((sum, { profile }) => sum + busyTime(profile), 0);
  return Math.min(1, (cpuUs[role] ?? busyUs) / busyUs);
}

const page = (title: string, threads: readonly Thread[], text: string): string => `<!doctype html>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>body { font: 14px system-ui, sans-serif; margin: 1rem }</style>
<h1>${escaped(title)}</h1>
<ul>
${threads.map(({ name, file }) => `  <li>${name}: <a href="${file}.html">flame graph</a>, <a href="${file}.cpuprofile">profile</a></li>`).join('\n')}
  <li><a href="summary.txt">what follows, as text</a></li>
</ul>
<pre>
${escaped(text)}
</pre>
`;

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
