import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Files of `lua/` that nobody uses, each in a block of its own: Lua has room for 200 local names in one. */
const VERB_PARTS = [
  'enqueue',
  'reserve',
  'lease',
  'reap',
  'prune',
  'change',
  'control',
  'inspect',
  'purge',
  'counters',
  'scrub-marks',
  'scrub-records',
  'scrub-indexes',
];

/** All files of `lua/`, in the order in which they are put together: who is used stands before who uses. */
const PARTS = [
  'step',
  'record',
  'settings',
  'tally',
  'pair',
  'order',
  'place',
  'quarantine',
  'admission',
  'sweep',
  'hand',
  'scrub',
  ...VERB_PARTS,
];

const LOOKS = 'no-writes';
/** What takes away may run in a full Redis, and so may who opens the installation to do it; what stores jobs may not. */
const DRAINS = 'allow-oom';

/**
 * Changes nothing, in no shard: whether and how this server can be called at all. Answers those of the commands it is given that this
 * user may not use: a step is not rolled back, so one that is refused half way would leave half of it behind.
 */
const PROBE = 'probe';
const PROBE_SOURCE = `function verbs.${PROBE}(_, commands)
  local denied = {}
  for n = 1, #commands do
    local known, allowed = pcall(redis.acl_check_cmd, commands[n])
    if known and not allowed then denied[#denied + 1] = commands[n] end
  end
  return denied
end`;

const VERBS = {
  install: DRAINS,
  enqueue: '',
  enqueueReserve: '',
  reserve: DRAINS,
  extend: DRAINS,
  settle: DRAINS,
  settleReserve: DRAINS,
  promote: DRAINS,
  reap: DRAINS,
  prune: DRAINS,
  purge: DRAINS,
  scrub: DRAINS,
  cancel: DRAINS,
  revive: DRAINS,
  forget: DRAINS,
  control: DRAINS,
  settings: LOOKS,
  counters: LOOKS,
  totals: LOOKS,
  find: LOOKS,
  list: LOOKS,
  quarantined: LOOKS,
  queues: LOOKS,
  backlog: LOOKS,
  probe: LOOKS,
} as const;

type Callable = keyof typeof VERBS;
export type Verb = Exclude<Callable, typeof PROBE>;

/** Verbs that give tokens. */
export const GRANTS: ReadonlySet<Verb> = new Set(['reserve', 'enqueueReserve', 'settleReserve']);

/** The code that runs inside Redis: as one library of functions, and verb by verb as scripts for where functions are forbidden. */
export interface Library {
  readonly code: string;
  /** The commands it calls, and other words that look like one. */
  readonly commands: readonly string[];
  /** The name of a verb's function. It carries a digest of the source: brokers of different versions do not meet. */
  functionOf(verb: Callable): string;
  scriptOf(verb: Callable): { readonly code: string; readonly sha: string };
}

/** Reads the sources that come with the package. */
export async function readLibrary(): Promise<Library> {
  const parts = await Promise.all(PARTS.map(readPart));
  const source = [...parts, PROBE_SOURCE].join('\n');
  const name = `tiercel_${createHash('sha256').update(source).digest('hex').slice(0, 10)}`;
  const verbs = Object.keys(VERBS) as Callable[];
  const scripts = new Map(verbs.map((verb) => [verb, scriptFor(source, verb)]));
  return {
    code: libraryOf(name, source, verbs),
    commands: [...new Set(Array.from(source.matchAll(/'([A-Z]+)'/g), ([, word]) => word as string))],
    functionOf: (verb) => `${name}_${verb}`,
    scriptOf: (verb) => scripts.get(verb)!,
  };
}

async function readPart(part: string): Promise<string> {
  const source = await readFile(new URL(`../lua/${part}.lua`, import.meta.url), 'utf8');
  return VERB_PARTS.includes(part) ? `do\n${source}\nend` : source;
}

/** While a library is loaded there is neither `math` nor `struct` nor `redis.call`, so the source waits for the first call. */
function libraryOf(name: string, source: string, verbs: readonly Callable[]): string {
  const registrations = verbs.map((verb) => {
    const flags = VERBS[verb] ? `'${VERBS[verb]}'` : '';
    const callback = `function(keys, args) verbs = verbs or source(); return verbs.${verb}(keys, args) end`;
    return `redis.register_function{ function_name = '${name}_${verb}', callback = ${callback}, flags = { ${flags} } }\n`;
  });
  return `#!lua name=${name}\nlocal function source()\n${source}\nreturn verbs\nend\nlocal verbs\n${registrations.join('')}`;
}

function scriptFor(source: string, verb: Callable): { code: string; sha: string } {
  const code = `#!lua flags=${VERBS[verb]}\n${source}\nreturn verbs.${verb}(KEYS, ARGV)\n`;
  return { code, sha: createHash('sha1').update(code).digest('hex') };
}
