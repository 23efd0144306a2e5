import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTESTANTS } from './contestants.js';
import { chartLinks, charts } from './draw/charts.js';
import { place } from './draw/place.js';
import { figureTables, settingsTable } from './draw/tables.js';
import { joined, type Report } from './report.js';

// npm run bench:draw -- REPORT.json … — draws the charts and writes the tables of docs/benchmarks.md out of reports of the bench.

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const [first, ...others] = process.argv.slice(2);
const read = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report;

if (first === undefined) {
  console.error('Usage: npm run bench:draw -- REPORT.json …');
  process.exitCode = 2;
} else draw(joined([read(first), ...others.map(read)]));

function draw(report: Report): void {
  const contestants = CONTESTANTS.filter((name) => report.runs.some(({ contestant }) => contestant === name));
  const dir = join(DOCS, 'benchmarks');
  mkdirSync(dir, { recursive: true });
  const drawn = charts(report, contestants);
  for (const [name, chart] of Object.entries(drawn)) write(join(dir, name), chart);
  const page = join(DOCS, 'benchmarks.md');
  const blocks = {
    figures: figureTables(report, contestants),
    charts: chartLinks(drawn, 'benchmarks'),
    settings: settingsTable(report, contestants),
  };
  write(page, place(readFileSync(page, 'utf8'), blocks));
}

function write(path: string, text: string): void {
  writeFileSync(path, text);
  console.log(path);
}
