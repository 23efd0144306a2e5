import { REFERENCES } from '../contestants.js';
import type { Column } from '../measure.js';
import { MEASURES } from '../measures.js';
import { failuresOf, isDisturbed, processesOf, type Report, ratioOf, reasonOf, summaryOf } from '../report.js';

const OURS = 'tiercel';
const GROUPS: readonly (readonly string[])[] = [
  ['E1', 'E1k', 'E2', 'P1', 'C1', 'C1b'],
  ['L1', 'M1'],
  ['T1', 'D1', 'D1k'],
  ['S1'],
  ['G1'],
];

type Placed = Column & { readonly measure: string };

/** The figures as tables of Markdown, in groups, then why somebody has none. */
export function figureTables(report: Report, contestants: readonly string[]): string {
  const notes: string[] = [];
  const tables = GROUPS.map((group) => columnsOf(report, group))
    .filter((columns) => columns.length > 0)
    .map((columns) => markdown(figureRows(report, contestants, columns, notes)));
  const failed = failuresOf(report).map(
    ({ measure, contestant, round, error }) => `${measure} of ${contestant} failed in round ${round}: ${error}`,
  );
  return [headOf(report), ...tables, ...notes.map((note, at) => `${mark(at)} ${note}.`), ...failed].join('\n\n');
}

/** Versions and settings with their sources, one row a contestant. */
export function settingsTable({ versions, settings }: Report, contestants: readonly string[]): string {
  const rows = contestants.map((name) => [name, versions[name] ?? '', (settings[name] ?? []).map(linked).join('; ')]);
  return markdown([['contestant', 'version', 'settings, and who says so'], ...rows]);
}

function headOf({ at, machine, servers, sizes }: Report): string {
  const versions = Object.entries(servers).map(([name, { version }]) => `${name} ${version}`);
  return `${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.system}, Node ${machine.node}; ${versions.join(', ')}; medians of ${sizes.rounds} round${sizes.rounds === 1 ? '' : 's'}. What is marked with a star was disturbed, and looks worse than it is.`;
}

function columnsOf(report: Report, group: readonly string[]): Placed[] {
  const measured = Object.keys(MEASURES).filter(
    (name) =>
      group.includes(name.split('-')[0] as string) && report.runs.some(({ measure, finding }) => measure === name && finding),
  );
  return measured.flatMap((measure) => (MEASURES[measure]?.columns ?? []).map((column) => ({ ...column, measure })));
}

function figureRows(report: Report, contestants: readonly string[], columns: readonly Placed[], notes: string[]): string[][] {
  const cell = (contestant: string, { measure, figure, unit }: Placed): string => {
    const found = summaryOf(report, measure, contestant, figure)?.median;
    const star = isDisturbed(processesOf(report, measure, contestant, 'beside')) ? '\\*' : '';
    if (found !== undefined) return `${unit === 'ms' ? found.toFixed(2) : Math.round(found).toLocaleString('en')}${star}`;
    const reason = reasonOf(report, measure, contestant);
    return reason === undefined ? '–' : `none ${mark(noteAt(notes, `${contestant}: ${reason}`))}`;
  };
  const ratios = [...REFERENCES]
    .filter((name) => contestants.includes(name))
    .map((name) => [
      `**${OURS} : ${name}**`,
      ...columns.map(({ measure, figure }) => ratioOf(report, measure, figure, [OURS, name])?.toFixed(2) ?? '–'),
    ]);
  return [
    ['', ...columns.map(({ title, unit }) => `${title}, ${unit}`)],
    ...contestants.map((name) => [name, ...columns.map((column) => cell(name, column))]),
    ...ratios,
  ];
}

function noteAt(notes: string[], note: string): number {
  const at = notes.indexOf(note);
  return at === -1 ? notes.push(note) - 1 : at;
}

const mark = (at: number): string => `<sup>${at + 1}</sup>`;

/** What looks like an address is one. */
const linked = (setting: string): string =>
  setting.replace(/\b((?:[a-z0-9-]+\.)+(?:io|com|org|net)\/[^\s,;)]+)/g, '[$1](https://$1)').replaceAll('|', '\\|');

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
