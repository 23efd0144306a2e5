import { encodeName, type TiercelError } from '@tiercel/protocol';
import { survives } from './sentences.js';

/** What went wrong and what to do, where the facts of an error tell more than the sentence of its code; else `undefined`. */
export function remedyOf({ code, facts }: TiercelError): string | undefined {
  if (code === 'HANDLERS_NOT_LOADED' && typeof facts.faults === 'string') return `${facts.faults}; ${mendHandlers(facts.faults)}`;
  if (code === 'UNREACHABLE') return reach(facts);
  if (code === 'BAD_OPTION') return choose(facts);
  if (code === 'NOT_SUPPORTED' && typeof facts.capability === 'string')
    return `the storage${facts.driver ? ` (${facts.driver})` : ''} cannot do this (${facts.capability}); "What drivers can do" in the README of @tiercel/store lists what each can`;
  if (code === 'BAD_NAME') return name(facts);
  if (code === 'NO_ANSWER' && typeof facts.remedy === 'string') return facts.remedy;
  if (code === 'ABORTED' && typeof facts.reason === 'string') return facts.reason;
  if (code === 'ACCESS_DENIED' && facts.socket !== undefined)
    return `this user may not use ${facts.socket} (${facts.reason}); run as its owner, or in a folder of your own`;
  if (code === 'STORAGE_OWNED' && facts.socket !== undefined)
    return `${facts.reason} (${facts.socket}); stop it, or name another folder with TIERCEL_DATA`;
  if (code === 'STORAGE_UNFIT' && typeof facts.durability === 'string') return strengthen(facts);
  if (code === 'BAD_CONFIG') return correct(facts);
  return undefined;
}

/** By what the fault says, as Node and the loader word it. */
const HANDLERS: readonly (readonly [RegExp, string])[] = [
  [/: ENOENT: /, 'check the path given to --handlers'],
  [/ERR_UNKNOWN_FILE_EXTENSION.*\.[cm]?tsx?\b/, 'compile TypeScript to JavaScript first and give the .js file'],
  [/: exports no job/, 'a handler module exports what defineJob returns'],
  [/: a second job is named /, 'give one of the two another name, or name one of the files only'],
  [/: holds no /, 'name a folder with modules, or a file'],
];

function mendHandlers(faults: string): string {
  const known = HANDLERS.filter(([fault]) => fault.test(faults)).map(([, remedy]) => remedy);
  return known.length > 0 ? known.join('; ') : 'run the file with node to see why';
}

/** What was expected where. */
function choose({ option, argument = option, expected, got, remedy }: TiercelError['facts']): string | undefined {
  if (typeof remedy === 'string') return remedy;
  if (typeof argument !== 'string' || typeof expected !== 'string') return undefined;
  return `${argument}: expected ${expected}${got === undefined ? '' : `, got ${JSON.stringify(got)}`}`;
}

/** A queue that clients of the Kestrel door call otherwise than it may be called here. */
function name({ kind, got }: TiercelError['facts']): string | undefined {
  if (kind !== 'queue' || typeof got !== 'string' || !/^[\x20-\x3e\x40-\x7e]{1,79}$/.test(got)) return undefined; // what is not shown as it was
  const here = encodedOf(got);
  return `queue: expected letters, digits, _ and -, at most 63, got ${JSON.stringify(got)}${here ? `; what a Kestrel client calls ${got} is the queue ${here} here` : ''}`;
}

function encodedOf(foreign: string): string | undefined {
  try {
    return encodeName(foreign);
  } catch {
    return undefined; // too long for a name of ours
  }
}

/** Less durable than what was required. */
function strengthen({ durability, required, expected = required, remedy }: TiercelError['facts']): string {
  const mend = typeof remedy === 'string' ? remedy : 'name another storage';
  return `jobs here would survive ${survives(String(durability))} (${durability}), and ${expected} is required; ${mend}, or ask for less with --require-durability`;
}

/** A storage that was found to be otherwise than the configuration says. */
function correct({ option, expected, got, address, path, reason }: TiercelError['facts']): string | undefined {
  if (option !== undefined) return `${option}: expected ${expected}${got === undefined ? '' : `, got ${got}`}`;
  if (reason === undefined) return undefined;
  return `storage at ${address ?? path}: ${reason}; check --store or TIERCEL_STORE`;
}

/** No server at all, or a server and nobody behind it. */
function reach({ url, socket, subject, tenant, namespace, reason, remedy }: TiercelError['facts']): string | undefined {
  const there = socket === undefined ? `a NATS server answers at ${url}` : `somebody answers at ${socket}`;
  if (tenant !== undefined)
    return `${there}, but no broker-adapter serves tenant ${tenant} of namespace ${namespace}; start one with \`tiercel start broker-adapter\`, or check --namespace and --tenant`;
  if (typeof remedy === 'string') return `${remedy}${reason ? ` (${reason})` : ''}`;
  if ((url ?? socket) === undefined || subject !== undefined) return undefined;
  const why = reason ? ` (${reason})` : '';
  if (socket !== undefined)
    return `nobody answers at the socket ${socket}${why}; start \`tiercel dev\` in its folder, or name another with --socket`;
  return `no NATS server answers at ${url}${why}; start one, name another with --nats or TIERCEL_NATS_URL, or do without: start \`tiercel dev\` in this folder, or name the socket of one with --socket`;
}
