import { installPackage } from './debian.js';
import { onPath } from './engine.js';

/**
 * The path of a program that tests need: from the PATH, or as root from Debian's packages. Throws one line that says what to install:
 * a test that cannot run has not passed. `isWhole`: whether one that is there has all that is needed of it.
 */
export function tool(
  command: string,
  packages: readonly string[] = [command],
  isWhole: (path: string) => boolean = () => true,
): string {
  const there = onPath(command);
  const found = there && isWhole(there) ? there : installPackage(command, packages);
  if (!found || !isWhole(found)) throw new Error(`no ${command} for the tests: install ${packages.join(' and ')}`);
  return found;
}
