import type { Machine } from './machine.js';
import type { Finding } from './measure.js';
import type { Sizes } from './sizes.js';
import { median, spread } from './statistics.js';

/** One measure of one contestant in one round: what it found, why it failed, or why there is nothing to be found. */
export interface Run {
  readonly measure: string;
  readonly contestant: string;
  readonly round: number;
  readonly finding?: Finding;
  readonly error?: string;
  /** Why this contestant has no such measure. */
  readonly cannot?: string;
}

/** Everything a run of the bench found, as it is written as JSON. */
export interface Report {
  /** ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  /** Of contestants. */
  readonly versions: Record<string, string>;
  /** The version of each, and what decides how safe jobs are in it; as the servers told it. */
  readonly servers: Record<string, Readonly<Record<string, string>>>;
  /** How each contestant's settings differ from its own defaults. */
  readonly settings: Record<string, readonly string[]>;
  readonly sizes: Sizes;
  readonly runs: Run[];
}

/** What several runs of the bench on one machine found, such as one for each measure, as if it had been one. */
export function joined(reports: readonly [Report, ...Report[]]): Report {
  const all = <T extends object>(of: (report: Report) => T): T => Object.assign({}, ...reports.map(of));
  return {
    ...reports[0],
    versions: all(({ versions }) => versions),
    servers: all(({ servers }) => servers),
    settings: all(({ settings }) => settings),
    runs: reports.flatMap(({ runs }) => runs),
  };
}

/** Of one figure over the rounds. */
export interface Summary {
  readonly median: number;
  /** (largest − smallest) / median */
  readonly spread: number;
  readonly rounds: number;
}

/** `undefined` when no round found it. */
export function summaryOf(report: Report, measure: string, contestant: string, figure: string): Summary | undefined {
  const values = findingsOf(report, measure, contestant).flatMap(({ figures }) => figures[figure] ?? []);
  return values.length === 0 ? undefined : { median: median(values), spread: spread(values), rounds: values.length };
}

/** What one contestant's value is of another's: medians over the rounds; `undefined` when one of them is missing. */
export function ratioOf(report: Report, measure: string, figure: string, [of, to]: readonly [string, string]): number | undefined {
  const [above, below] = [of, to].map((contestant) => summaryOf(report, measure, contestant, figure)?.median);
  return above === undefined || below === undefined ? undefined : above / below;
}

/** The median over the rounds, name by name. */
export function processesOf(
  report: Report,
  measure: string,
  contestant: string,
  kind: 'cpu' | 'beside' | 'residentBytes',
): Record<string, number> {
  const all = findingsOf(report, measure, contestant);
  const seen = all.flatMap((finding): Readonly<Record<string, number>>[] => (finding[kind] ? [{ ...finding[kind] }] : []));
  const names = [...new Set(seen.flatMap((each) => Object.keys(each)))];
  return Object.fromEntries(names.map((name) => [name, median(seen.flatMap((each) => each[name] ?? []))]));
}

/** From so many cores on that others used, or that were stolen, a figure is too low. */
const DISTURBED = 0.2;

export const isDisturbed = ({ others = 0, stolen = 0 }: { readonly others?: number; readonly stolen?: number }): boolean =>
  others + stolen >= DISTURBED;

export const findingsOf = (report: Report, measure: string, contestant: string): Finding[] =>
  report.runs.flatMap((run) => (run.measure === measure && run.contestant === contestant && run.finding ? [run.finding] : []));

/** Why a contestant has no such measure; `undefined` when it was not asked for, or has. */
export const reasonOf = ({ runs }: Report, measure: string, contestant: string): string | undefined =>
  runs.find((run) => run.measure === measure && run.contestant === contestant)?.cannot;

export const failuresOf = ({ runs }: Report): Run[] => runs.filter(({ error }) => error !== undefined);
