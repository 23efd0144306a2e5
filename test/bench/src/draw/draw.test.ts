import { expect, test } from 'vitest';
import type { Report, Run } from '../report.js';
import { QUICK } from '../sizes.js';
import { chartLinks, charts } from './charts.js';
import { place } from './place.js';
import { figureTables, settingsTable } from './tables.js';

const CONTESTANTS = ['tiercel', 'bullmq', 'bare'];

const aRun = (measure: string, contestant: string, figures: Readonly<Record<string, number>>): Run => ({
  ...{ measure, contestant, round: 1 },
  finding: { figures, jobs: 1_000 },
});

const REPORT: Report = {
  at: '2030-01-01T00:00:00.000Z',
  machine: { cpu: 'a <cpu>', cores: 2, memoryBytes: 1, system: 'linux', node: '20.0.0' },
  versions: { bullmq: 'bullmq 6.7.0' },
  servers: { redis: { version: '7.0.0', appendonly: 'yes' } },
  settings: { bullmq: ['concurrency 100 instead of 1: docs.bullmq.io/guide/workers/concurrency'] },
  sizes: QUICK,
  runs: [
    ...CONTESTANTS.map((name, at) => aRun('C1', name, { perSec: 20_000 / (at + 1) })),
    aRun('T1', 'tiercel', { perSec: 15_000 }),
    { measure: 'T1', contestant: 'bare', round: 1, cannot: 'it has no tenants' },
    ...['1k', '10k', '100k', '1M'].map((waiting) => aRun(`G1-${waiting}`, 'tiercel', { perSec: 10_000 })),
    ...['1', '2', '4', '1b2', '2b2', '4b2'].map((workers) => aRun(`S1-${workers}`, 'tiercel', { perSec: 10_000 })),
    aRun('L1', 'tiercel', { startP50Ms: 0.5, startP95Ms: 1, startP99Ms: 20 }),
  ],
};

test('a report has the same charts each time, one for each kind of figure', () => {
  const drawn = charts(REPORT, CONTESTANTS);

  expect(Object.keys(drawn)).toEqual(['throughput.svg', 'conditions.svg', 'latency.svg', 'scale.svg', 'growth.svg']);
  expect(charts(JSON.parse(JSON.stringify(REPORT)) as Report, CONTESTANTS)).toEqual(drawn);
  for (const svg of Object.values(drawn)) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('a bar is as long as its figure, and who has none is named with it', () => {
  const svg = charts(REPORT, CONTESTANTS)['throughput.svg'] ?? '';
  const widths = [...svg.matchAll(/<rect x="\d+" [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));

  expect(widths.map((width) => width / (widths[0] as number))).toEqual([1, expect.closeTo(1 / 2), expect.closeTo(1 / 3)]);
  expect(charts(REPORT, CONTESTANTS)['conditions.svg']).toContain('none, see the table');
});

test('the table says of a figure that is missing why it is', () => {
  const tables = figureTables(REPORT, CONTESTANTS);

  expect(tables).toContain('| tiercel | 20,000 |');
  expect(tables).toContain('| **tiercel : bare** | 3.00 |');
  expect(tables).toMatch(/^\| bare \| none <sup>1<\/sup> \|$/m);
  expect(tables).toMatch(/^<sup>1<\/sup> bare: it has no tenants\.$/m);
});

test('a page shows the charts that were drawn, with what each is', () => {
  const links = chartLinks(charts(REPORT, CONTESTANTS), 'pictures');

  expect(links.split('\n\n')).toHaveLength(5);
  expect(links).toMatch(/^!\[Jobs a second\]\(pictures\/throughput\.svg\)$/m);
});

test('a setting leads to who says so', () => {
  expect(settingsTable(REPORT, CONTESTANTS)).toContain(
    '| bullmq | bullmq 6.7.0 | concurrency 100 instead of 1: [docs.bullmq.io/guide/workers/concurrency](https://docs.bullmq.io/guide/workers/concurrency) |',
  );
});

test('what is drawn takes the place of what was drawn before', () => {
  const page = 'above\n<!-- drawn: figures -->\nold\n<!-- end -->\nbelow\n';

  expect(place(page, { figures: 'new' })).toBe('above\n<!-- drawn: figures -->\n\nnew\n\n<!-- end -->\nbelow\n');
  expect(place(place(page, { figures: 'new' }), { figures: 'new' })).toBe(place(page, { figures: 'new' }));
  expect(() => place(page, { settings: 'new' })).toThrow('the page lacks <!-- drawn: settings --> … <!-- end -->');
});
