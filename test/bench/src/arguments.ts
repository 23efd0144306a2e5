import { parseArgs } from 'node:util';
import { CONTESTANTS, isPath, USUAL_CONTESTANTS } from './contestants.js';
import { MEASURES, measuresNamed, USUAL_MEASURES } from './measures.js';
import { FULL, QUICK, type Sizes } from './sizes.js';

/** Says what is wrong and what would be right, in one line. */
export class BadArguments extends Error {}

export interface Arguments {
  readonly help: boolean;
  readonly contestants: readonly string[];
  readonly measures: readonly string[];
  readonly sizes: Sizes;
  /** Where the report goes; `undefined`: a file of its own. */
  readonly json: string | undefined;
}

const ROUNDS_MOST = 100;
const NAMES = Object.keys(MEASURES);

export const HELP = `Usage: npm run bench -- [flags]

Measures Tiercel beside its peers and beside a bare loop, in turn, on fresh servers.

  --quick               one round, smaller sizes, ${USUAL_MEASURES.join(',')}
                        of ${USUAL_CONTESTANTS.join(',')}; under three minutes
  --only LIST           measures out of those below; S1 and G1 are all that begin so
  --contestants LIST    out of ${CONTESTANTS.join(',')}, or paths of modules
  --rounds N            times that everything is measured, 1 … ${ROUNDS_MOST} [${FULL.rounds}; ${QUICK.rounds} with --quick]
  --json FILE           where every single figure goes [a new file in .bench]
  --help

Measures:
${Object.entries(MEASURES)
  .map(([name, { about }]) => `  ${name.padEnd(7)} ${about}`)
  .join('\n')}`;

/** Throws {@link BadArguments}. */
export function readArguments(argv: readonly string[]): Arguments {
  const { quick, only, contestants, rounds, json, help } = parse(argv);
  const sizes = quick ? QUICK : FULL;
  const all = quick ? { contestants: USUAL_CONTESTANTS, measures: USUAL_MEASURES } : { contestants: CONTESTANTS, measures: NAMES };
  return {
    help: help ?? false,
    contestants: contestants === undefined ? all.contestants : listOf('--contestants', contestants, CONTESTANTS, isPath),
    measures: only === undefined ? all.measures : listOf('--only', familiesIn(only), NAMES),
    sizes: { ...sizes, rounds: rounds === undefined ? sizes.rounds : countOf('--rounds', rounds) },
    json,
  };
}

const familiesIn = (list: string): string =>
  list
    .split(',')
    .flatMap((name) => (measuresNamed(name).length > 0 ? measuresNamed(name) : name))
    .join(',');

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        contestants: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new BadArguments(`${(error as Error).message.split('. ')[0]}; see npm run bench -- --help`);
  }
}

/** In the order of `known`, so that tables read alike; then what is not known by name. */
function listOf(flag: string, text: string, known: readonly string[], alsoFits: (name: string) => boolean = () => false): string[] {
  const names = [...new Set(text.split(',').filter((name) => name !== ''))];
  const wrong = names.filter((name) => !known.includes(name) && !alsoFits(name));
  if (names.length === 0 || wrong.length > 0)
    throw new BadArguments(`${flag}: expected some of ${known.join(',')}, got ${wrong.join(',') || 'nothing'}`);
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name))];
}

function countOf(flag: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= ROUNDS_MOST) return count;
  throw new BadArguments(`${flag}: expected a whole number from 1 to ${ROUNDS_MOST}, got ${text || 'nothing'}`);
}
