import { parseArgs } from 'node:util';
import { CoverageTable } from './coverage.js';
import { PLANTS } from './plants/index.js';
import { report } from './report.js';
import { runSeed } from './run-seed.js';

Error.stackTraceLimit = 0;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string', default: '1' }, count: { type: 'string' }, plant: { type: 'string' } },
});
const plant = PLANTS.find(({ name }) => name === values.plant);
const options = plant ? { plant } : {};
if (values.plant && !plant) {
  console.error(`expected a plant out of: ${PLANTS.map(({ name }) => name).join('; ')}`);
  process.exitCode = 2;
} else if (positionals.length > 0) await replay(Number(positionals[0]));
else await range(Number(values.from), Number(values.count ?? 100));

/** One seed with its whole trace. */
async function replay(seed: number): Promise<void> {
  Error.stackTraceLimit = 20;
  const outcome = await runSeed(seed, { ...options, trace: (line) => console.log(line) });
  console.log(report(outcome));
  process.exitCode = outcome.ok ? 0 : 1;
}

async function range(from: number, count: number): Promise<void> {
  const table = new CoverageTable();
  const beganAt = process.hrtime.bigint();
  let virtualMs = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runSeed(seed, options);
    table.add(outcome.coverage);
    virtualMs += outcome.virtualMs;
    if (outcome.ok) continue;
    console.log(report(outcome));
    process.exitCode = 1;
    if (plant) break;
  }
  const seconds = Number(process.hrtime.bigint() - beganAt) / 1e9;
  console.log(`${table}`);
  console.log(
    `${table.worlds} seeds in ${seconds.toFixed(1)} s: ${(table.worlds / seconds).toFixed(1)} a second, ${Math.round(virtualMs / 1_000)} s of virtual time`,
  );
}
