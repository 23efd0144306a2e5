/** Replaces the user part of every URL in a text, so that no password or token reaches a log or a terminal. */
export function hideSecrets(text: string): string {
  return text.includes('://') ? text.replace(/:\/\/[^\s/"'\\]*@/g, '://***@') : text;
}
