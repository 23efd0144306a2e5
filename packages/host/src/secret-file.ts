import { readFileSync } from 'node:fs';

/** `TIERCEL_STORE_FILE`: where the file is named that holds what the variable would. */
export const fileVariable = (variable: string): string => `${variable}_FILE`;

/** What a file holds, without the blanks and line ends around it; or why it is not to be had. */
export function readSecret(file: string): { readonly text?: string; readonly fault?: string } {
  try {
    return { text: readFileSync(file, 'utf8').trim() };
  } catch (error) {
    return { fault: `${JSON.stringify(file.slice(0, 120))} (${(error as NodeJS.ErrnoException).code})` };
  }
}
