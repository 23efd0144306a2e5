import { framed, latin1 } from './framed.js';

const LF = latin1('\n');

/** Nothing is there; the end of a `monitor`. */
export const NO_TEXT_ITEM: Uint8Array = latin1('*\n');

/** An item as it is, to be written piece by piece: one that holds a line feed, as other protocols allow, comes out as several lines. */
export const textItem = (data: Uint8Array): readonly Uint8Array[] => framed(':', data, LF);

/** A status, a version. */
export const textWord = (word: string): Uint8Array => latin1(`:${word}\n`);

export const textCount = (count: number): Uint8Array => latin1(`+${count}\n`);

export const textError = (message: string): Uint8Array => latin1(`-${message}\n`);
