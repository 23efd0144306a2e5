import { REFERENCES } from './contestants.js';
import type { Column } from './measure.js';
import { MEASURES } from './measures.js';
import { failuresOf, findingsOf, isDisturbed, processesOf, type Report, type Run, ratioOf, summaryOf } from './report.js';
import { table } from './table.js';

const OURS = 'tiercel';
/** As columns; those of one role are one. */
const PROCESSES: Readonly<Record<string, (process: string) => boolean>> = {
  producer: (process) => process === 'producer',
  nats: (process) => process === 'nats',
  broker: (process) => process.startsWith('broker'),
  storage: (process) => STORAGES.includes(process),
  worker: (process) => process.startsWith('worker'),
};
const STORAGES = ['redis', 'jetstream', 'postgres', 'beanstalkd', 'rabbitmq'];
/** What disturbed. */
const BESIDE = ['others', 'stolen'];
const NONE = '–';

type Placed = Column & { readonly measure: string };

/** One line for a run that has just ended. */
export function tellRun({ measure, contestant, round, finding, error, cannot }: Run): string {
  const [first] = MEASURES[measure]?.columns ?? [];
  const none = cannot === undefined ? `FAILED: ${error}` : `none: ${cannot}`;
  const told = finding && first ? `${show(finding.figures[first.figure], first.unit)} ${first.unit}` : none;
  const { others = 0, stolen = 0 } = finding?.beside ?? {};
  const disturbed = isDisturbed({ others, stolen })
    ? ` (disturbed: others used ${others.toFixed(2)} cores, ${stolen.toFixed(2)} were stolen)`
    : '';
  return `round ${round}  ${measure.padEnd(7)} ${contestant.padEnd(15)} ${told}${disturbed}`;
}

/** Everything of a report that people want to see at once. */
export function tellReport(report: Report): string {
  const contestants = [...new Set(report.runs.map(({ contestant }) => contestant))].sort(inOrderOf(report));
  const columns = columnsOf(report);
  const parts = [
    told(report),
    section('Jobs a second: median over the rounds (spread)', figures(report, contestants, columns.filter(isRate))),
    section(
      'Latency in ms, memory of a waiting job in bytes',
      figures(
        report,
        contestants,
        columns.filter((c) => !isRate(c)),
      ),
    ),
    section('Cores used, and CPU microseconds a job', cores(report, contestants, columns)),
    section('Resident memory at the end of C1, in MB', resident(report, contestants)),
    section(`${OURS} as a multiple of`, ratios(report, columns)),
    section('Not measured', reasons(report)),
    ...failuresOf(report).map((run) => `FAILED  ${run.measure} of ${run.contestant}, round ${run.round}: ${run.error}`),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function told({ at, machine, versions, servers, sizes }: Report): string {
  const configs = Object.entries(servers).map(([server, { version, ...config }]) => {
    const lines = Object.entries(config).map(([name, value]) => `${name} ${value || '""'}`);
    return [`${server} ${version}`, ...lines].join(', ');
  });
  return [
    `${at}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, node ${machine.node}`,
    Object.values(versions).join(', '),
    ...configs,
    `rounds: ${sizes.rounds}`,
  ].join('\n');
}

function columnsOf({ runs }: Report): Placed[] {
  const measured = Object.keys(MEASURES).filter((name) => runs.some(({ measure }) => measure === name));
  return measured.flatMap((measure) => (MEASURES[measure]?.columns ?? []).map((column) => ({ ...column, measure })));
}

function figures(report: Report, contestants: readonly string[], columns: readonly Placed[]): string[][] {
  const cell = (contestant: string, { measure, figure, unit }: Placed) => {
    const summary = summaryOf(report, measure, contestant, figure);
    if (summary === undefined) return NONE;
    const about = summary.rounds > 1 ? ` (${Math.round(summary.spread * 100)}%)` : '';
    return `${show(summary.median, unit)}${about}`;
  };
  if (columns.length === 0) return [];
  return [
    ['', ...columns.map(({ title }) => title)],
    ...contestants.map((contestant) => [contestant, ...columns.map((column) => cell(contestant, column))]),
  ];
}

function cores(report: Report, contestants: readonly string[], columns: readonly Placed[]): string[][] {
  const rows = columns.flatMap(({ measure, figure }) =>
    contestants.flatMap((contestant) => {
      const cpu = processesOf(report, measure, contestant, 'cpu');
      const perSec = summaryOf(report, measure, contestant, figure)?.median;
      if (perSec === undefined || Object.keys(cpu).length === 0) return [];
      const beside = processesOf(report, measure, contestant, 'beside');
      const all = Object.values(cpu).reduce((sum, share) => sum + share, 0);
      const cells = [...byRole(cpu), all];
      const shown = cells.map((share) => (share === undefined ? NONE : coreCell(share, perSec)));
      return [[`${measure} ${contestant}`, ...shown, ...BESIDE.map((name) => beside[name]?.toFixed(2) ?? NONE)]];
    }),
  );
  return rows.length === 0 ? [] : [['', ...Object.keys(PROCESSES), 'all', ...BESIDE], ...rows];
}

/** The sum for each column; `undefined` where there is no such process. */
const byRole = (figures: Readonly<Record<string, number>>): (number | undefined)[] =>
  Object.values(PROCESSES).map((plays) => {
    const own = Object.entries(figures).filter(([process]) => plays(process));
    return own.length === 0 ? undefined : own.reduce((sum, [, figure]) => sum + figure, 0);
  });

const coreCell = (share: number, perSec: number): string =>
  `${share.toFixed(2)} ${((share * 1e6) / perSec).toFixed(1).padStart(6)}µs`;

function resident(report: Report, contestants: readonly string[]): string[][] {
  const rows = contestants.flatMap((contestant) => {
    if (findingsOf(report, 'C1', contestant).length === 0) return [];
    const bytes = processesOf(report, 'C1', contestant, 'residentBytes');
    return [[contestant, ...byRole(bytes).map((each) => (each === undefined ? NONE : (each / 1e6).toFixed(0)))]];
  });
  return rows.length === 0 ? [] : [['', ...Object.keys(PROCESSES)], ...rows];
}

/** Why somebody has no figure, once for each reason. */
function reasons({ runs }: Report): string[][] {
  const all = runs.flatMap(({ measure, contestant, cannot }) =>
    cannot === undefined ? [] : [{ of: `${contestant}: ${cannot}`, measure }],
  );
  const measures = (reason: string) => [...new Set(all.flatMap(({ of, measure }) => (of === reason ? [measure] : [])))].join(',');
  return [...new Set(all.map(({ of }) => of))].map((reason) => [measures(reason), reason]);
}

function ratios(report: Report, columns: readonly Placed[]): string[][] {
  const rows = REFERENCES.filter((reference) => report.runs.some(({ contestant }) => contestant === reference)).map((reference) => [
    reference,
    ...columns.map(({ measure, figure }) => ratioOf(report, measure, figure, [OURS, reference])?.toFixed(2) ?? NONE),
  ]);
  return rows.length === 0 ? [] : [['', ...columns.map(({ title }) => title)], ...rows];
}

const isRate = ({ unit }: Placed): boolean => unit === 'jobs/s';

const section = (title: string, rows: string[][]): string => (rows.length === 0 ? '' : `${title}\n${table(rows)}`);

const show = (value: number | undefined, unit: Column['unit']): string => {
  if (value === undefined) return NONE;
  return unit === 'ms' ? value.toFixed(2) : Math.round(value).toLocaleString('en');
};

/** As in the first round, in which nobody was moved. */
const inOrderOf =
  ({ runs }: Report) =>
  (a: string, b: string): number =>
    runs.findIndex(({ contestant }) => contestant === a) - runs.findIndex(({ contestant }) => contestant === b);
