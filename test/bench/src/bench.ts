import { within } from '@tiercel/test-support';
import { nowMs, today } from './clock.js';
import type { Contestant } from './contestant.js';
import { loadContestant } from './contestants.js';
import { machine } from './machine.js';
import type { Finding } from './measure.js';
import { MEASURES, whyNot } from './measures.js';
import type { Report, Run } from './report.js';
import { RUN_MS, type Sizes } from './sizes.js';
import { Stage, type StageOptions } from './stage.js';

export interface BenchOptions {
  /** Names or paths of modules. */
  readonly contestants: readonly string[];
  readonly measures: readonly string[];
  readonly sizes: Sizes;
  readonly nodeFlags?: StageOptions['nodeFlags'];
  /** Told each run as it ends. */
  readonly onRun?: (run: Run) => void;
}

/**
 * Measures everything in turn: in each round every measure, and for each measure every contestant, on fresh servers; who begins moves
 * on with the round. A contestant that fails in one does not hinder the others.
 */
export async function runBench({ contestants, measures, sizes, nodeFlags, onRun = () => {} }: BenchOptions): Promise<Report> {
  const report: Report = { at: today(), machine: machine(), versions: {}, servers: {}, settings: {}, sizes, runs: [] };
  for (let round = 1; round <= sizes.rounds; round++) {
    for (const measure of measures) {
      for (const id of rotated(contestants, round - 1)) {
        const run: Run = {
          measure,
          contestant: id,
          round,
          ...(await attempt(() => runOne(report, { id, measure, sizes, nodeFlags }))),
        };
        report.runs.push(run);
        onRun(run);
      }
    }
  }
  return report;
}

interface One {
  readonly id: string;
  readonly measure: string;
  readonly sizes: Sizes;
  readonly nodeFlags: StageOptions['nodeFlags'];
}

async function runOne(report: Report, { id, measure: name, sizes, nodeFlags }: One): Promise<Outcome> {
  const measure = MEASURES[name] as (typeof MEASURES)[string];
  const giveUpAtMs = nowMs() + (measure.withinMs ?? RUN_MS);
  const contestant = await loadContestant(id);
  const reason = whyNot(contestant, name);
  if (reason !== undefined) return { cannot: reason };
  const stage = await Stage.open({ id, contestant, ...measure.setting, ...(nodeFlags && { nodeFlags }) });
  try {
    note(report, id, contestant, stage);
    const finding = await within(giveUpAtMs - nowMs(), `${name} of ${id}`, measure.run(stage, sizes));
    if (finding.duplicates) throw new Error(`jobs were doubled: ${finding.duplicates} handler calls more than jobs`);
    return { finding };
  } finally {
    await stage.close();
  }
}

function note(report: Report, id: string, { version, settings }: Contestant, { servers }: Stage): void {
  report.versions[id] = version;
  Object.assign(report.servers, servers.told);
  report.settings[id] = settings;
}

type Outcome = { finding: Finding } | { cannot: string } | { error: string };

async function attempt(act: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await act();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const rotated = <T>(all: readonly T[], by: number): T[] => [...all.slice(by % all.length), ...all.slice(0, by % all.length)];
