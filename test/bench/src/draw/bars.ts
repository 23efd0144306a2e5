import { element, LOOK, picture, text } from './svg.js';

export interface Bar {
  readonly name: string;
  /** `undefined`: there is none, for which `why` is written in its place. */
  readonly value: number | undefined;
  readonly why?: string;
  /** It has a star. */
  readonly disturbed?: boolean;
  readonly colour: string;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const PANEL = { columns: 2, top: 44, head: 24, gap: 20, names: 112, numbers: 66, side: 16 };

/** Panels side by side, each with a bar for everybody and a scale of its own. */
export function bars(title: string, panels: readonly Panel[]): string {
  const width = (LOOK.width - PANEL.side * (PANEL.columns + 1)) / PANEL.columns;
  const rows = Math.max(...panels.map((panel) => panel.bars.length));
  const height = PANEL.head + rows * LOOK.line + PANEL.gap;
  const drawn = panels.map((panel, at) => {
    const x = PANEL.side + (at % PANEL.columns) * (width + PANEL.side);
    const y = PANEL.top + Math.floor(at / PANEL.columns) * height;
    return element('g', { transform: `translate(${x} ${y})` }, ...drawPanel(panel, width));
  });
  return picture(title, PANEL.top + Math.ceil(panels.length / PANEL.columns) * height, drawn);
}

function drawPanel({ title, bars: all }: Panel, width: number): string[] {
  const most = Math.max(1, ...all.map(({ value = 0 }) => value));
  const room = width - PANEL.names - PANEL.numbers;
  return [text(0, LOOK.font, title, { 'font-weight': 600 }), ...all.flatMap((bar, at) => drawBar(bar, at, room / most))];
}

function drawBar({ name, value, why = 'none', disturbed, colour }: Bar, at: number, perUnit: number): string[] {
  const y = PANEL.head + at * LOOK.line;
  const label = text(PANEL.names - 8, y + LOOK.font, name, { 'text-anchor': 'end' });
  if (value === undefined) return [label, text(PANEL.names, y + LOOK.font, why, { fill: LOOK.faint, 'font-style': 'italic' })];
  const width = Math.max(1, value * perUnit);
  return [
    label,
    element('rect', { x: PANEL.names, y: y + 1, width, height: LOOK.line - 5, fill: colour }),
    text(PANEL.names + width + 6, y + LOOK.font, `${Math.round(value).toLocaleString('en')}${disturbed ? '*' : ''}`, {
      fill: LOOK.faint,
    }),
  ];
}
