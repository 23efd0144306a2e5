import { REFERENCES } from '../contestants.js';
import { MEASURES } from '../measures.js';
import { isDisturbed, processesOf, type Report, reasonOf, summaryOf } from '../report.js';
import { type Bar, bars } from './bars.js';
import { type Line, lines } from './lines.js';
import { ranges } from './ranges.js';
import { LOOK } from './svg.js';

const OURS = ['tiercel', 'embedded'];
/** For lines, which have to be told apart; in the order of the contestants. */
const PALETTE = ['#0369a1', '#0f766e', '#7c3aed', '#be185d', '#4d7c0f', '#b45309', '#1d4ed8', '#475569', '#9333ea'];

/** Every chart that this report has figures for, by the name of its file. */
export function charts(report: Report, contestants: readonly string[]): Readonly<Record<string, string>> {
  const has = (measure: string) => report.runs.some((run) => run.measure === measure && run.finding);
  const drawn: Record<string, string> = {};
  const throughput = ['E1', 'E1k', 'E2', 'P1', 'C1', 'C1b'].filter(has);
  if (throughput.length > 0) drawn['throughput.svg'] = barsOf(report, contestants, 'Jobs a second', throughput);
  const conditions = ['C1', 'T1', 'D1', 'D1k'].filter(has);
  if (conditions.length > 1)
    drawn['conditions.svg'] = barsOf(report, contestants, 'Jobs a second, producer and worker at once', conditions);
  if (has('L1')) drawn['latency.svg'] = latencyOf(report, contestants);
  if (has('S1-1')) drawn['scale.svg'] = scaleOf(report, contestants);
  if (has('G1-1k')) drawn['growth.svg'] = growthOf(report, contestants);
  return drawn;
}

/** The charts in a page beside their folder, with their titles for those who do not see them. */
export const chartLinks = (drawn: Readonly<Record<string, string>>, folder: string): string =>
  Object.entries(drawn)
    .map(([name, chart]) => `![${/aria-label="([^"]*)"/.exec(chart)?.[1]}](${folder}/${name})`)
    .join('\n\n');

const rateOf = (report: Report, measure: string, contestant: string): number | undefined =>
  summaryOf(report, measure, contestant, 'perSec')?.median;

const colourOf = (contestant: string): string => {
  if (OURS.includes(contestant)) return LOOK.ours;
  return (REFERENCES as readonly string[]).includes(contestant) ? LOOK.reference : LOOK.others;
};

function barsOf(report: Report, contestants: readonly string[], title: string, measures: readonly string[]): string {
  const barOf = (measure: string, name: string): Bar => {
    const why = reasonOf(report, measure, name) === undefined ? 'not measured' : 'none, see the table';
    const disturbed = isDisturbed(processesOf(report, measure, name, 'beside'));
    return { name, value: rateOf(report, measure, name), why, disturbed, colour: colourOf(name) };
  };
  const panels = measures.map((measure) => ({
    title: `${measure}: ${MEASURES[measure]?.about}`,
    bars: contestants.map((name) => barOf(measure, name)),
  }));
  return bars(title, panels);
}

function latencyOf(report: Report, contestants: readonly string[]): string {
  const all = contestants.map((name) => {
    const values = ['startP50Ms', 'startP95Ms', 'startP99Ms'].flatMap(
      (figure) => summaryOf(report, 'L1', name, figure)?.median ?? [],
    );
    return { name, values, colour: colourOf(name) };
  });
  return ranges('L1: from the enqueue call to the start of the handler at 200 jobs a second; p50, p95, p99', 'ms', all);
}

function scaleOf(report: Report, contestants: readonly string[]): string {
  const workers = ['1', '2', '4'];
  const lineOf = (name: string, suffix: string, at: number): Line => ({
    name: suffix === '' ? name : `${name}, 2 brokers`,
    values: workers.map((count) => rateOf(report, `S1-${count}${suffix}`, name)),
    colour: lineColour(name, at),
    dashed: suffix !== '',
  });
  const all = contestants.flatMap((name, at) => [lineOf(name, '', at), lineOf(name, 'b2', at)]);
  return lines(
    'S1: jobs a second with more workers',
    workers.map((count) => `${count} worker${count === '1' ? '' : 's'}`),
    all,
  );
}

function growthOf(report: Report, contestants: readonly string[]): string {
  const waiting = Object.keys(MEASURES).filter((name) => name.startsWith('G1-'));
  const all = contestants.map((name, at) => ({
    name,
    values: waiting.map((measure) => rateOf(report, measure, name)),
    colour: lineColour(name, at),
  }));
  return lines(
    'G1: jobs a second behind so many that wait',
    waiting.map((measure) => measure.replace('G1-', '')),
    all,
  );
}

const lineColour = (name: string, at: number): string =>
  OURS.includes(name) ? LOOK.ours : (PALETTE[at % PALETTE.length] as string);
