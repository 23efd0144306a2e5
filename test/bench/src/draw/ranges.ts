import { element, LOOK, picture, text } from './svg.js';

export interface Range {
  readonly name: string;
  /** From the least to the most; none where there is none. */
  readonly values: readonly number[];
  readonly colour: string;
}

const AREA = { left: 130, right: 40, top: 66, bottom: 14 };

/** A line for everybody from the first to the last of its values with a point at each, on a scale of powers of ten. */
export function ranges(title: string, unit: string, all: readonly Range[]): string {
  const values = all.flatMap((range) => range.values);
  const [from, to] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const room = LOOK.width - AREA.left - AREA.right;
  const xOf = (value: number) => AREA.left + ((Math.log10(value) - from) / Math.max(1, to - from)) * room;
  const height = AREA.top + all.length * LOOK.line + AREA.bottom;
  const powers = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
  const grid = powers.flatMap((power) => [
    element('line', { x1: xOf(power), x2: xOf(power), y1: AREA.top - 8, y2: height - AREA.bottom, stroke: LOOK.grid }),
    text(xOf(power), AREA.top - 14, `${Number(power.toPrecision(1))} ${unit}`, { fill: LOOK.faint, 'text-anchor': 'middle' }),
  ]);
  return picture(title, height, [...grid, ...all.flatMap((range, at) => drawRange(range, AREA.top + at * LOOK.line, xOf))]);
}

function drawRange({ name, values, colour }: Range, y: number, xOf: (value: number) => number): string[] {
  const middle = y + LOOK.line / 2;
  const label = text(AREA.left - 8, y + LOOK.font + 1, name, { 'text-anchor': 'end' });
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return [label];
  return [
    label,
    element('line', { x1: xOf(first), x2: xOf(last), y1: middle, y2: middle, stroke: colour, 'stroke-width': 3 }),
    ...values.map((value) => element('circle', { cx: xOf(value), cy: middle, r: 4, fill: colour })),
  ];
}
