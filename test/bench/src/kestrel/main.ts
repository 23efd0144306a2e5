import { parseArgs } from 'node:util';
import { STORAGES, type Storage } from './door.js';
import type { Knobs } from './knobs.js';
import { KESTREL_BENCHES, type KestrelReport, runKestrel } from './run-kestrel.js';

const NUMBERS = {
  clients: 'c',
  items: 'n',
  bytes: 'b',
  batch: 'r',
  queues: 'Q',
  cycles: 'C',
  producers: 'R',
  consumers: 'T',
  prefill: 'P',
  kill: 'k',
} as const;

const HELP = `npm run bench:kestrel -- NAME… [knobs]
  ${Object.keys(KESTREL_BENCHES).join(', ')}
  --store ${STORAGES.join('|')}
  ${Object.entries(NUMBERS)
    .map(([name, short]) => `-${short}, --${name} N`)
    .join('  ')}
  -g, --get: put-many gets back what it put
  -B, --blocking: flood waits for items, where it else asks again`;

const options = Object.fromEntries(Object.entries(NUMBERS).map(([name, short]) => [name, { type: 'string', short }] as const));

function readKnobs(values: Record<string, string | boolean | undefined>): Partial<Knobs> {
  const told: Record<string, unknown> = { ...(values.get && { get: true }), ...(values.blocking && { blocking: true }) };
  for (const name of Object.keys(NUMBERS)) {
    const text = values[name];
    if (text === undefined) continue;
    if (!/^\d{1,8}$/.test(String(text))) throw new Error(`--${name}: expected a whole number, got ${text}`);
    told[name] = Number(text);
  }
  const { store } = values;
  if (store !== undefined && !STORAGES.includes(store as Storage))
    throw new Error(`--store: expected ${STORAGES.join(' or ')}, got ${store}`);
  return (store === undefined ? told : { ...told, store }) as Partial<Knobs>;
}

function tell({ name, knobs, figures, timesPublished }: KestrelReport): string {
  const shown = figures.map(
    ({ what, value, unit }) => `  ${what}: ${value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en')} ${unit}`,
  );
  const ratio = timesPublished === undefined ? [] : [`  ${timesPublished.toFixed(1)} x what Kestrel published`];
  return [`${name} over ${knobs.store}`, ...shown, ...ratio].join('\n');
}

// what was started is ended at exit, whatever the reason
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

try {
  const flags = {
    ...options,
    store: { type: 'string' },
    get: { type: 'boolean', short: 'g' },
    blocking: { type: 'boolean', short: 'B' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ options: flags, allowPositionals: true });
  const unknown = positionals.filter((name) => !(name in KESTREL_BENCHES));
  if (values.help || positionals.length === 0 || unknown.length > 0) {
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
  } else {
    const knobs = readKnobs(values as Record<string, string | boolean | undefined>);
    for (const name of positionals) console.log(tell(await runKestrel(name, knobs)));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
