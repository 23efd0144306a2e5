import { ActorError } from './error.js';

const TOKEN = /^[^\s.*>]+$/;

/** Returns `text` when it is one token of a subject: not empty, no dot, blank or wildcard. Throws BAD_NAME. */
export function requireToken(text: string): string {
  if (!TOKEN.test(text)) throw new ActorError('BAD_NAME', { kind: 'subject token', got: text.slice(0, 80) });
  return text;
}

/** Returns `text` when it is a subject: tokens between dots, at most 255 characters. Throws BAD_NAME. */
export function requireSubject(text: string): string {
  if (!SUBJECT.test(text) || text.length > SUBJECT_LENGTH)
    throw new ActorError('BAD_NAME', { kind: 'subject', got: text.slice(0, 80) });
  return text;
}

/** As over NATS. */
const SUBJECT_LENGTH = 255;
const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/;

/** A test for one pattern, in which a whole token may be `*`. Throws BAD_NAME for any other wildcard. */
export function subjectMatcher(pattern: string): (subject: string) => boolean {
  const wanted = pattern.split('.');
  for (const token of wanted) if (token !== '*') requireToken(token);
  if (!wanted.includes('*')) return (subject) => subject === pattern;
  return (subject) => {
    const tokens = subject.split('.');
    return tokens.length === wanted.length && wanted.every((token, at) => token === '*' || token === tokens[at]);
  };
}
