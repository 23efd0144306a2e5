import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { within } from '@tiercel/test-support';
import { BadArguments } from './arguments.js';
import { today } from './clock.js';
import { CONTESTANTS, isPath, loadContestant } from './contestants.js';
import type { Finding } from './measure.js';
import { MEASURES, whyNot } from './measures.js';
import { writeProfiles } from './profile/files.js';
import { readRecordings, recordingFlags } from './profile/recording.js';
import { tellCommands } from './profile/redis-commands.js';
import { redisInfo } from './servers/redis.js';
import { FULL, QUICK, RUN_MS } from './sizes.js';
import { Stage } from './stage.js';
import { table } from './table.js';
import type { ByProcess } from './usage.js';

// npm run profile -- MEASURE [--contestant NAME] [--quick] — where the time of one measure goes, function by function.

const OUT = fileURLToPath(new URL('../../../.bench', import.meta.url));
const INTERRUPTED = 130;
const USAGE = `Usage: npm run profile -- MEASURE [--contestant NAME] [--quick]

MEASURE is one of ${Object.keys(MEASURES).join(',')}; NAME one of ${CONTESTANTS.join(',')} [${CONTESTANTS[0]}], or the path of a module.`;

// what was started is ended at exit, whatever the reason
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(INTERRUPTED));

try {
  await main();
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2));
  const raw = mkdtempSync(join(tmpdir(), 'tiercel-profile-'));
  process.once('exit', () => rmSync(raw, { recursive: true, force: true })); // also when it is interrupted
  const { finding, roles, commands } = await measure(wanted, raw);
  const at = today();
  const dir = join(OUT, `profile-${wanted.measure}-${at.replaceAll(':', '-')}`);
  const title = `${wanted.measure} of ${wanted.contestant}, ${at}`;
  const overview = `${tellFinding(finding)}\n\n${commands}`;
  const material = { recorded: readRecordings(raw, roles), window: finding.window, jobs: finding.jobs, cpuUs: cpuUs(finding) };
  console.log(writeProfiles(dir, { title, overview, ...material }));
  console.log(`\nflame graphs: ${join(dir, 'index.html')}`);
}

interface Wanted {
  readonly measure: string;
  readonly contestant: string;
  readonly quick: boolean;
}

/** Throws {@link BadArguments}. */
function readArguments(argv: readonly string[]): Wanted {
  const { values, positionals } = parse(argv);
  const { contestant = CONTESTANTS[0], quick = false } = values;
  const [measure = '', ...more] = positionals;
  const known = (CONTESTANTS as readonly string[]).includes(contestant) || isPath(contestant);
  if (!(measure in MEASURES) || more.length > 0 || !known) throw new BadArguments(USAGE);
  return { measure, contestant, quick };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { contestant: { type: 'string' }, quick: { type: 'boolean' } },
    });
  } catch {
    throw new BadArguments(USAGE);
  }
}

interface Measured {
  readonly finding: Finding;
  readonly roles: readonly string[];
  readonly commands: string;
}

/** Performs the measure once, with a recording of every Node process, which is written when it ends. */
async function measure({ measure: name, contestant: id, quick }: Wanted, raw: string): Promise<Measured> {
  const roles: string[] = [];
  const nodeFlags = (role: string) => {
    roles.push(role);
    return recordingFlags(raw, role);
  };
  const measure = MEASURES[name] as (typeof MEASURES)[string];
  const contestant = await loadContestant(id);
  const reason = whyNot(contestant, name);
  if (reason !== undefined) throw new BadArguments(`${contestant.name} cannot be measured at ${name}: ${reason}`);
  const stage = await Stage.open({ id, contestant, ...measure.setting, nodeFlags });
  try {
    const run = measure.run(stage, quick ? QUICK : FULL);
    const finding = await within(RUN_MS, `${name} of ${id}`, run);
    const { redis } = stage.servers.ports;
    const commands = redis === 0 ? '' : tellCommands(await redisInfo(redis, 'commandstats'));
    return { finding, roles, commands };
  } finally {
    await stage.close();
  }
}

/** The figures, which the recording lowers, and what each process used as the system counted it. */
function tellFinding(finding: Finding): string {
  const { figures, jobs, cpu = {}, beside } = finding;
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  const rows = Object.entries(cpuUs(finding)).map(([name, us]) => [name, (cpu[name] ?? 0).toFixed(2), (us / jobs).toFixed(1)]);
  return [
    `${jobs} jobs; ${told.join(', ')}, lower than without the recording`,
    table([['process', 'cores', 'CPU µs a job'], ...rows]),
    ...(beside ? [`beside them ${beside.others.toFixed(2)} cores for others, ${beside.stolen.toFixed(2)} stolen by the host`] : []),
  ].join('\n');
}

/** Of each process in the measured window. */
function cpuUs({ cpu = {}, window }: Finding): ByProcess {
  const tookUs = window === undefined ? 0 : (window.toMs - window.fromMs) * 1_000;
  return Object.fromEntries(Object.entries(cpu).map(([name, cores]) => [name, cores * tookUs]));
}
