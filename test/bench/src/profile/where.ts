import { fileURLToPath } from 'node:url';
import type { CallFrame } from './cpu-profile.js';

const ROOT = new URL('../../../../', import.meta.url).href;
const NATIVE = 'native';
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;

export const nameOf = ({ functionName }: CallFrame): string => functionName || '(anonymous)';

/** The file and line of a function: from the root of the repository on, or from its package on. */
export function placeOf({ url, lineNumber }: CallFrame): string {
  if (url === '') return NATIVE;
  return `${shortened(url)}:${lineNumber + 1}`;
}

/** To whom the function belongs: a package, a part of this repository such as `packages/worker`, `node` or `native`. */
export function ownerOf({ url }: CallFrame): string {
  if (url === '') return NATIVE;
  if (url.startsWith('node:')) return 'node';
  return PACKAGE.exec(url)?.[1] ?? shortened(url).split('/').slice(0, 2).join('/');
}

function shortened(url: string): string {
  const found = PACKAGE.exec(url);
  if (found) return url.slice(found.index + 'node_modules/'.length);
  const href = url.startsWith('/') ? `file://${url}` : url; // a module of CommonJS has a path
  if (href.startsWith(ROOT)) return href.slice(ROOT.length);
  return href.startsWith('file:') ? fileURLToPath(href) : href;
}
