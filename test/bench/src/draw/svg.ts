/** Colours and sizes of all charts, in pixels. They stand on white, so that they read alike in a light and a dark window. */
export const LOOK = {
  width: 860,
  font: 12,
  line: 18,
  title: 15,
  ours: '#c2410c',
  reference: '#475569',
  others: '#94a3b8',
  text: '#1e293b',
  faint: '#64748b',
  grid: '#e2e8f0',
} as const;

type Attributes = Readonly<Record<string, string | number>>;

/** Numbers with two decimals at most, so that a chart of the same report is the same text. */
const show = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escaped(value);

export function element(name: string, attributes: Attributes, ...inside: readonly string[]): string {
  const told = Object.entries(attributes).map(([key, value]) => ` ${key}="${show(value)}"`);
  return inside.length === 0 ? `<${name}${told.join('')}/>` : `<${name}${told.join('')}>${inside.join('')}</${name}>`;
}

export const text = (x: number, y: number, said: string, more: Attributes = {}): string =>
  element('text', { x, y, fill: LOOK.text, ...more }, escaped(said));

/** A whole picture; `title` is also for those who do not see it. */
export function picture(title: string, height: number, inside: readonly string[]): string {
  const size = { width: LOOK.width, height, viewBox: `0 0 ${LOOK.width} ${Math.round(height)}` };
  const type = { 'font-family': 'system-ui, sans-serif', 'font-size': LOOK.font };
  const white = element('rect', { width: '100%', height: '100%', fill: '#ffffff' });
  const head = text(16, 26, title, { 'font-size': LOOK.title, 'font-weight': 600 });
  const named = { role: 'img', 'aria-label': title };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, ...type, ...named }, '\n', [white, head, ...inside].join('\n'), '\n')}\n`;
}

const escaped = (said: string): string => said.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
