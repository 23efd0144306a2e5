import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Fuzzed } from './fuzz.test.kit.js';
import { BOUNDS, requestTranscript } from './transcripts.test.kit.js';

/** A fault in the code of a parser: this text in this file becomes that one. */
export interface Plant {
  readonly file: 'feed.js' | 'request-parser.js';
  readonly from: string;
  readonly to: string;
}

/** Faults that show only where the stream is cut. */
export const PLANTED: Readonly<Record<string, Plant>> = {
  'the beginning of a line is forgotten when its end comes later': {
    file: 'feed.js',
    from: 'this.#heldBytes === 0 ? this.#chunk.toString',
    to: 'true ? this.#chunk.toString',
  },
  'a CR is cut off only where LF comes in the same chunk': {
    file: 'feed.js',
    from: 'line.endsWith(CR)',
    to: 'this.#at > 1 && line.endsWith(CR)',
  },
  'what is held is not counted with a line': {
    file: 'feed.js',
    from: 'this.#heldBytes + end - this.#at > this.#lineBytes',
    to: 'end - this.#at > this.#lineBytes',
  },
  'what is held of an item is written over by the next': {
    file: 'feed.js',
    from: 'const whole = this.#held.subarray(0, this.#heldBytes);\n        this.#held = NOTHING;',
    to: 'const whole = this.#held.subarray(0, this.#heldBytes);',
  },
  'the two bytes after the data are expected with them': {
    file: 'request-parser.js',
    from: 'return this.#skipBytes > 0 ? undefined : this.#whole(outcome);',
    to: 'this.#skipBytes = 0; return this.#whole(outcome);',
  },
};

/** The request parser with the fault in it. Its other files are the ones that ship. */
export async function plantedParser({ file, from, to }: Plant): Promise<Fuzzed> {
  if (codeOf(file).split(from).length !== 2) throw new Error(`${file} has this code never, or more than once: ${from}`);
  const planted = codeOf(file).replace(from, to);
  const code = file === 'feed.js' ? codeOf('request-parser.js').replace("'./feed.js'", `'${urlOf(planted)}'`) : planted;
  const { RequestParser } = await import(urlOf(code));
  return { open: () => new RequestParser(BOUNDS), transcript: requestTranscript };
}

const codeOf = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');

/** A module of its own; what it imports from beside it comes from here. */
function urlOf(code: string): string {
  const here = pathToFileURL(import.meta.dirname).href;
  const rooted = code.replace(/from '\.\/(.*?)'/g, `from '${here}/$1'`).replace(/\/\/# sourceMappingURL=.*/, '');
  return `data:text/javascript;base64,${Buffer.from(rooted).toString('base64')}`;
}
