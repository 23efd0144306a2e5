export type Cell = string | number | boolean | null | undefined;

/** Rows below a heading, in columns as wide as they need; numbers to the right. Empty without rows. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const texts = [heading, ...rows.map((row) => row.map(textOf))];
  const widths = heading.map((_, at) => Math.max(...texts.map((row) => row[at]?.length ?? 0)));
  const right = heading.map((_, at) => rows.every((row) => typeof row[at] === 'number'));
  const pad = (text: string, at: number) => (right[at] ? text.padStart(widths[at]!) : text.padEnd(widths[at]!));
  return texts.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** One fact a line, names aligned. Facts that are absent or empty are left out. */
export function facts(of: Readonly<Record<string, Cell>>): string {
  const shown = Object.entries(of).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(...shown.map(([key]) => key.length));
  return shown.map(([key, value]) => `${key.padEnd(width)}  ${value}`).join('\n');
}

const textOf = (cell: Cell): string => (cell === null || cell === undefined ? '' : String(cell));
