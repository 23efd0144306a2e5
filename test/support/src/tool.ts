import { installPackage } from './debian.js';
import { onPath } from './engine.js';

/**
 * The path of a program that tests need: from the PATH, or as root from Debian's packages. Throws one line that says what to install:
 * a test that cannot run has not passed.
 */
export function tool(command: string, packages: readonly string[] = [command]): string {
  const found = onPath(command) ?? installPackage(command, packages);
  if (!found) throw new Error(`no ${command} for the tests: install ${packages.join(' and ')}`);
  return found;
}
