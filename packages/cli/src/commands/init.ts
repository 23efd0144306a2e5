import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '@tiercel/host';
import { fail } from '@tiercel/protocol';
import type { CommonFlags } from '../connection.js';
import { print } from '../print.js';

export interface InitFlags extends Pick<CommonFlags, 'json'> {
  /** Folder with tarballs as `npm pack` makes them. */
  readonly packages?: string;
}

const TEMPLATE = fileURLToPath(new URL('../../template', import.meta.url));
/** Under their own names npm would not carry them. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' };
/** The packages of the clone that this command runs in; where it was installed nothing is there. */
const CLONE = fileURLToPath(new URL('../../../', import.meta.url));
/** What the project is made with, besides Tiercel; the versions that Tiercel itself is tested with. */
const WITH = { zod: '4.6.7', '@types/node': '20.19.25', typescript: '7.0.2' } as const;

/** Makes a project in a folder that has none of its files yet. Throws BAD_OPTION, and then nothing is written. */
export async function init(folder: string | undefined, { packages, json = false }: InitFlags): Promise<void> {
  const root = resolve(folder ?? '.');
  const sources = packages === undefined ? cloneOf(root) : await tarballsOf(resolve(packages), root);
  const files = { 'package.json': `${JSON.stringify(manifest(basename(root), sources), null, 2)}\n`, ...(await templates()) };
  const taken = Object.keys(files).filter((name) => existsSync(join(root, name)));
  if (taken.length > 0)
    fail('BAD_OPTION', {
      argument: 'folder',
      expected: 'one where nothing has to be overwritten',
      got: `${root} with ${taken.join(', ')}`,
    });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text, { flag: 'wx' });
  }
  const where = relative(process.cwd(), root);
  print({ json }, { folder: root, files: Object.keys(files) }, () =>
    [`${root} has ${Object.keys(files).join(', ')}. Now:`, ...(where ? [`  cd ${where}`] : []), '  npm install', '  npm test'].join(
      '\n',
    ),
  );
}

async function templates(): Promise<Record<string, string>> {
  const found = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const names = found.filter((each) => each.isFile()).map((each) => relative(TEMPLATE, join(each.parentPath, each.name)));
  const read = names.sort().map(async (name) => [RENAMED[name] ?? name, await readFile(join(TEMPLATE, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** Where packages of Tiercel come from, by their names; of the others the registry knows. */
type Sources = Readonly<Record<string, string>>;

/** Nothing that a tarball needs is looked up by its name, where it would not be found. */
function manifest(name: string, sources: Sources) {
  const { zod, ...development } = WITH;
  const { tiercel = version(), '@tiercel/cli': cli = version(), ...others } = sources;
  return {
    name: packageName(name),
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: {
      build: 'tsc',
      test: 'tsc && node --test dist/',
      start: 'tsc && node dist/consumer.js',
      enqueue: 'tsc && node dist/enqueue.js',
    },
    dependencies: { tiercel, zod },
    devDependencies: { '@tiercel/cli': cli, ...development },
    // they come ready made for the usual machines, and do without on others
    allowScripts: { lmdb: false, 'msgpackr-extract': false },
    ...(Object.keys(others).length > 0 && { overrides: { ...others, tiercel: '$tiercel' } }),
  };
}

/** Folders of the clone, which bring what they need themselves. */
function cloneOf(root: string): Sources {
  const folderOf = (name: string) => `file:${relative(root, join(CLONE, name))}`;
  return existsSync(join(CLONE, 'tiercel/package.json')) ? { tiercel: folderOf('tiercel'), '@tiercel/cli': folderOf('cli') } : {};
}

async function tarballsOf(folder: string, root: string): Promise<Sources> {
  const names = await readdir(folder).catch(() => []);
  const pattern = new RegExp(`^tiercel(?:-([a-z-]+))?-${version().replaceAll('.', '\\.')}\\.tgz$`);
  const found = names.flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [[match[1] ? `@tiercel/${match[1]}` : 'tiercel', `file:${relative(root, join(folder, name))}`] as const] : [];
  });
  const tarballs = Object.fromEntries(found);
  const missing = ['tiercel', '@tiercel/cli'].filter((name) => !(name in tarballs));
  if (missing.length > 0)
    fail('BAD_OPTION', {
      option: '--packages',
      expected: `a folder with tarballs of version ${version()}`,
      got: `${folder} without ${missing.join(', ')}`,
    });
  return tarballs;
}

/** What npm takes as a name. */
const packageName = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'jobs';
