import { readFileSync } from 'node:fs';

/** Of Tiercel: its packages have one version. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
