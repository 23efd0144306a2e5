import { type Member, membersOf, objectOf } from '@tiercel/kestrel';
import { type Epitaph, MARK, type Mark, readMark } from './mark.js';

/** A job as the article's producer writes it, with what a failed attempt left beside that. */
export interface Item {
  readonly instance: string;
  readonly name: string;
  /** JSON as it is written; `undefined` when the item has no data, which is not the same as null. */
  readonly data: string | undefined;
  readonly mark: Mark | undefined;
  /** All but the mark. */
  readonly members: readonly Member[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads an item; a text says what is wrong with it. */
export function readItem(bytes: Uint8Array): Item | string {
  const members = membersIn(bytes);
  if (members === undefined) return 'it is no JSON object';
  const written = (key: string) => members.findLast((member) => member.key === key)?.value;
  const instance = nameIn(written('instance'));
  const name = nameIn(written('jobName'));
  if (instance === undefined) return 'it names no instance';
  if (name === undefined) return 'it names no job';
  const mark = readMark(written(MARK));
  return { instance, name, data: written('data'), mark, members: members.filter(({ key }) => key !== MARK) };
}

/** The same item with another mark. */
export const writeItem = ({ members }: Item, mark: Mark | Epitaph): Uint8Array =>
  new TextEncoder().encode(objectOf([...members, { key: MARK, value: JSON.stringify(mark) }]));

function membersIn(bytes: Uint8Array): readonly Member[] | undefined {
  try {
    return membersOf(utf8.decode(bytes));
  } catch {
    return undefined; // neither text nor JSON
  }
}

/** No argument of a command can hold a zero byte. */
function nameIn(json: string | undefined): string | undefined {
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
}
