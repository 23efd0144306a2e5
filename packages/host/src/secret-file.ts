import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** `TIERCEL_STORE_FILE`: where the file is named that holds what the variable would. */
export const fileVariable = (variable: string): string => `${variable}_FILE`;

/** Whoever is neither its owner nor of its group may do anything with it. */
const OPEN_TO_ALL = 0o007;

/** What a file holds, without the blanks and line ends around it; or why it is not to be had. One that all may read is no secret. */
export function readSecret(file: string): { readonly text?: string; readonly fault?: string } {
  const shown = JSON.stringify(file.slice(0, 120));
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    if ((fstatSync(descriptor).mode & OPEN_TO_ALL) !== 0) return { fault: `${shown}, which is open to all; chmod 600 it` };
    return { text: readFileSync(descriptor, 'utf8').trim() };
  } catch (error) {
    return { fault: `${shown} (${(error as NodeJS.ErrnoException).code})` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
