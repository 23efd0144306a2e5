import { element, LOOK, picture, text } from './svg.js';

export interface Line {
  readonly name: string;
  /** One for each place on the axis; `undefined` where there is none. */
  readonly values: readonly (number | undefined)[];
  readonly colour: string;
  readonly dashed?: boolean;
}

const AREA = { left: 70, right: 170, top: 50, bottom: 40, height: 330 };
const STEPS = 5;

/** A line for everybody over places at even distances, named where it ends. */
export function lines(title: string, places: readonly string[], all: readonly Line[]): string {
  const shown = all.filter(({ values }) => values.some((value) => value !== undefined));
  const most = roundUp(Math.max(1, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const xOf = (at: number) => AREA.left + (at / Math.max(1, places.length - 1)) * (LOOK.width - AREA.left - AREA.right);
  const yOf = (value: number) => AREA.top + (1 - value / most) * AREA.height;
  const grid = Array.from({ length: STEPS + 1 }, (_, step) => (most * step) / STEPS).flatMap((value) => [
    element('line', { x1: AREA.left, x2: xOf(places.length - 1), y1: yOf(value), y2: yOf(value), stroke: LOOK.grid }),
    text(AREA.left - 8, yOf(value) + 4, value.toLocaleString('en'), { fill: LOOK.faint, 'text-anchor': 'end' }),
  ]);
  const axis = places.map((place, at) => text(xOf(at), yOf(0) + 22, place, { fill: LOOK.faint, 'text-anchor': 'middle' }));
  const drawn = shown.flatMap((line) => drawLine(line, xOf, yOf));
  return picture(title, AREA.top + AREA.height + AREA.bottom, [...grid, ...axis, ...drawn, ...drawNames(shown, xOf, yOf)]);
}

function drawLine({ values, colour, dashed }: Line, xOf: (at: number) => number, yOf: (value: number) => number): string[] {
  const there = values.flatMap((value, at) => (value === undefined ? [] : [{ x: xOf(at), y: yOf(value) }]));
  const points = there.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2.5, ...(dashed && { 'stroke-dasharray': '6 4' }) };
  return [
    element('polyline', { points, ...stroke }),
    ...there.map(({ x, y }) => element('circle', { cx: x, cy: y, r: 3.5, fill: colour })),
  ];
}

/** Beside the last point of each, and no nearer to one another than a line of text. */
function drawNames(all: readonly Line[], xOf: (at: number) => number, yOf: (value: number) => number): string[] {
  const ends = all.map(({ name, values, colour }) => {
    const at = values.findLastIndex((value) => value !== undefined);
    return { name, colour, x: xOf(at) + 10, y: yOf(values[at] as number) + 4 };
  });
  let below = Number.NEGATIVE_INFINITY;
  return ends
    .sort((a, b) => a.y - b.y)
    .map(({ name, colour, x, y }) => {
      below = Math.max(y, below + LOOK.font + 2);
      return text(x, below, name, { fill: colour, 'font-weight': 600 });
    });
}

/** To one or two and a half or five of a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}
