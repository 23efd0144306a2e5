/**
 * The members of a JSON object, each value as the text it has; `undefined` when a name comes twice. `text` must be sound JSON, and an
 * object: it is walked, not checked.
 */
export function memberTexts(text: string): ReadonlyMap<string, string> | undefined {
  const members = new Map<string, string>();
  let at = behindBlanks(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = behindText(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const from = behindBlanks(text, behindBlanks(text, nameEnd) + 1);
    const end = behindValue(text, from);
    if (members.has(name)) return undefined;
    members.set(name, text.slice(from, end));
    at = behindBlanks(text, end);
    if (text[at] === ',') at = behindBlanks(text, at + 1);
  }
  return members;
}

const BLANKS = ' \t\r\n';

function behindBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BLANKS.includes(text[at] as string)) at++;
  return at;
}

/** `from`: the opening quote. */
function behindText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function behindValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '"') at = behindText(text, at);
    else if (depth === 0 && (char === ',' || char === '}' || BLANKS.includes(char))) return at;
    else {
      if (char === '{' || char === '[') depth++;
      else if (char === '}' || char === ']') depth--;
      at++;
    }
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at;
  }
  return at;
}
