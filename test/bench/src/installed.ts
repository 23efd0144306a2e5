import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The version of an installed package, such as `6.7.0`. Throws when it is not installed. */
export function installedVersion(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}
