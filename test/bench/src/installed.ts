import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The version of an installed package, such as `6.7.0`. Throws when it is not installed. */
export function installedVersion(name: string): string {
  const dirs = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const file = dirs.map((dir) => join(dir, name, 'package.json')).find(existsSync); // not by import: some packages do not export theirs
  if (file === undefined) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
