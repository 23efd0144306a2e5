import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadArguments, HELP, readArguments } from './arguments.js';
import { failuresOf, type Report } from './report.js';
import { tellReport, tellRun } from './tell.js';

const OUT = fileURLToPath(new URL('../../../.bench', import.meta.url));
const INTERRUPTED = 130;

// what was started is ended at exit, whatever the reason
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(INTERRUPTED));

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { help, json, ...wanted } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(HELP);
    return 0;
  }
  const { runBench } = await import('./bench.js'); // its servers take a second to load, which wrong usage need not wait for
  const report = await runBench({ ...wanted, onRun: (run) => console.error(tellRun(run)) });
  console.log(`\n${tellReport(report)}\n`);
  console.log(`every figure: ${write(report, json ?? `${OUT}/${report.at.replaceAll(':', '-')}.json`)}`);
  return failuresOf(report).length > 0 ? 1 : 0;
}

function write(report: Report, file: string): string {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return resolve(file);
}
