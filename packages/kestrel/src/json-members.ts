/** A member of a JSON object. */
export interface Member {
  readonly key: string;
  /** Its value as it is written, so that nothing is lost: not every number of JSON is one of JavaScript. */
  readonly value: string;
}

/** The members of the object that sound JSON holds, in order; `undefined` when it holds none. Throws SyntaxError when it is not sound. */
export function membersOf(json: string): readonly Member[] | undefined {
  JSON.parse(json); // what follows reads only what is sound
  const members: Member[] = [];
  let at = blankEnd(json, 0);
  if (json[at] !== '{') return undefined;
  at = blankEnd(json, at + 1);
  while (json[at] !== '}') {
    const keyEnd = textEnd(json, at);
    const from = blankEnd(json, blankEnd(json, keyEnd) + 1);
    const to = valueEnd(json, from);
    members.push({ key: JSON.parse(json.slice(at, keyEnd)) as string, value: json.slice(from, to) });
    at = blankEnd(json, to);
    if (json[at] === ',') at = blankEnd(json, at + 1);
  }
  return members;
}

/** The inverse, without blanks. */
export const objectOf = (members: readonly Member[]): string =>
  `{${members.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join(',')}}`;

function valueEnd(json: string, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const char = json[at] as string;
    if (char === '"') at = textEnd(json, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (depth > 0 && (char === '}' || char === ']')) depth--;
    else if (depth === 0 && at > from && ENDS.includes(char)) return at;
  }
  return json.length;
}

function textEnd(json: string, from: number): number {
  let at = from + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function blankEnd(json: string, from: number): number {
  let at = from;
  while (BLANKS.includes(json[at] ?? 'x')) at++;
  return at;
}

const BLANKS = ' \t\r\n';
const ENDS = `${BLANKS},}`;
