import { toJson } from '@tiercel/client';
import { type Member, membersOf } from '@tiercel/kestrel';
import { decodeData, decodeName, type Encoding, encodeName, isJobName } from '@tiercel/protocol';

/** An item in the form of the article: a job. */
export interface Article {
  /** Whom `instance` names. */
  readonly tenant: string;
  readonly name: string;
  /** The text of `data` as it stood in the item, so that it comes back byte for byte; empty when there is none, which is not null. */
  readonly payload: Uint8Array;
}

/** The name of a job that is any other item. */
export const RAW_ITEM = 'kestrel.item';

const OPENING = 0x7b;
const CLOSING = 0x7d;
const NOTHING = new Uint8Array();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * `{"instance", "jobName", "data"}`, `data` optional and nothing else beside them, with an instance that can be a tenant and the name of
 * a job; `undefined` for whatever is not exactly that.
 */
export function readArticle(item: Uint8Array): Article | undefined {
  if (item[0] !== OPENING || item.at(-1) !== CLOSING) return undefined;
  try {
    const members = membersOf(strictUtf8.decode(item));
    if (members === undefined || !isExact(members)) return undefined;
    const written = (key: string) => members.find((member) => member.key === key)?.value;
    const [instance, jobName] = [read(written('instance')), read(written('jobName'))];
    if (typeof instance !== 'string' || instance === '' || !isJobName(jobName)) return undefined;
    const data = written('data');
    return { tenant: encodeName(instance), name: jobName, payload: data === undefined ? NOTHING : Buffer.from(data) };
  } catch {
    return undefined; // no JSON, no UTF-8, or no name: an item like any other
  }
}

const ARTICLE = ['instance', 'jobName', 'data'];

/** None of them twice, and none but `data` is missing where both others are names. */
const isExact = (members: readonly Member[]): boolean =>
  members.length <= ARTICLE.length &&
  new Set(members.map(({ key }) => key)).size === members.length &&
  members.every(({ key }) => ARTICLE.includes(key));

const read = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));

/** What is read of a job. */
interface Readable {
  readonly tenant: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly payload?: Uint8Array;
}

/** The item that a job is to a Kestrel client. Throws BAD_DATA when the payload cannot be read. */
export function itemOf({ tenant, name, encoding, payload = new Uint8Array() }: Readable): Uint8Array {
  if (encoding === 'raw') return payload;
  const data = encoding === 'json' ? payload : Buffer.from(toJson(decodeData(payload, encoding)));
  return Buffer.concat(data.length > 0 ? [headOf(tenant, name), DATA, data, TAIL] : [headOf(tenant, name), TAIL]);
}

const DATA = Buffer.from(',"data":');
const TAIL = Buffer.from('}');

/** The last one is mostly the next. */
let head = { tenant: '', name: '', bytes: Buffer.alloc(0) };

function headOf(tenant: string, name: string): Uint8Array {
  if (head.tenant !== tenant || head.name !== name)
    head = { tenant, name, bytes: Buffer.from(`{"instance":${phpJson(decodeName(tenant))},"jobName":${phpJson(name)}`) };
  return head.bytes;
}

/** Text as `json_encode` of PHP writes it, which the article's producer calls. */
const phpJson = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replace(/[\u007f-\uffff]/g, (char) => (char === '\u007f' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`));
