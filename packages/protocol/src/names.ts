import { fail } from './errors.js';

/** Grammar of a namespace, a tenant and a queue. It holds in subjects, storage keys, file names and metric labels alike. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** Grammar of a job name (`HelloWorld`, `mail.send`, `\Common\Job\Mail`): printable ASCII without blanks. It enters no subject and no key. */
const JOB_NAME = /^[\x21-\x7e]{1,128}$/;
/** Grammar of a caller's job id. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/;

export const isName = (text: unknown): text is string => typeof text === 'string' && NAME.test(text);
export const isJobName = (text: unknown): text is string => typeof text === 'string' && JOB_NAME.test(text);
export const isJobId = (text: unknown): text is string => typeof text === 'string' && JOB_ID.test(text);

/** Returns `text` or throws `BAD_NAME` saying what kind of name was expected. */
export function requireName(kind: 'namespace' | 'tenant' | 'queue', text: unknown): string {
  return isName(text) ? text : fail('BAD_NAME', { kind, got: shown(text), expected: NAME.source });
}

export function requireJobName(text: unknown): string {
  return isJobName(text) ? text : fail('BAD_NAME', { kind: 'job name', got: shown(text), expected: JOB_NAME.source });
}

export function requireJobId(text: unknown): string {
  return isJobId(text) ? text : fail('BAD_NAME', { kind: 'job id', got: shown(text), expected: JOB_ID.source });
}

/** At most 80 printable characters of something that was refused, safe for a log line. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : `a ${value === null ? 'null' : typeof value}`;
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}

const ESCAPED = 'x--';
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Keeps a leading U+FEFF, which is part of a name like any other character. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Maps any foreign name (a queue `mail:out`, a class `\Common\Job\X`) to a legal one, injectively: a legal name that does not
 * begin with `x--` stays as it is; anything else becomes `x--` with every byte outside `[A-Za-z0-9-]` written `_hh`.
 * Throws `BAD_NAME` when the result would be longer than 63 characters, or the text is not well-formed and so has no bytes of its own.
 */
export function encodeName(foreign: string): string {
  if (isName(foreign) && !foreign.startsWith(ESCAPED)) return foreign;
  if (LONE_SURROGATE.test(foreign)) fail('BAD_NAME', { kind: 'foreign name', got: shown(foreign), expected: 'well-formed text' });
  const escaped = Array.from(new TextEncoder().encode(foreign), escapeByte).join('');
  return requireName('queue', ESCAPED + escaped);
}

/** The inverse of {@link encodeName}. */
export function decodeName(name: string): string {
  if (!name.startsWith(ESCAPED)) return name;
  const bytes: number[] = [];
  for (let at = ESCAPED.length; at < name.length; at++) {
    if (name[at] === '_') {
      bytes.push(Number.parseInt(name.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(name.charCodeAt(at));
  }
  return utf8.decode(Uint8Array.from(bytes));
}

function escapeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9-]/.test(char) ? char : `_${byte.toString(16).padStart(2, '0')}`;
}
