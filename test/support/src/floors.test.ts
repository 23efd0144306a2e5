import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
/** From the lowest up; what is not named is a service. The command line stands on the library. */
const FLOORS = [
  ['@tiercel/protocol', '@tiercel/actors'],
  ['@tiercel/store', '@tiercel/nats', '@tiercel/socket', '@tiercel/kestrel', '@tiercel/host', '@tiercel/client', '@tiercel/worker'],
  [
    '@tiercel/store-redis',
    '@tiercel/store-lmdb',
    '@tiercel/store-kestrel',
    '@tiercel/wire',
    '@tiercel/broker',
    '@tiercel/doors',
    '@tiercel/supervisor',
    '@tiercel/kestrel-worker',
  ],
  ['tiercel'],
  ['@tiercel/cli'],
];
const SERVICES = FLOORS.length;
const ONLY_IN: Record<string, string> = {
  nats: '@tiercel/nats',
  ioredis: '@tiercel/store-redis',
  lmdb: '@tiercel/store-lmdb',
  fastify: '@tiercel/doors',
};
const TIME_AND_CHANCE =
  /\b(Date\.now|new Date\(\)|setTimeout|setInterval|Math\.random|performance\.now|process\.hrtime|randomUUID|randomBytes)\b/;
const READS_ENVIRONMENT = /^(packages\/(host|cli)|services\/[^/]+)\//;

interface Source {
  readonly file: string;
  readonly text: string;
  readonly isTest: boolean;
}
interface Package {
  readonly name: string;
  readonly floor: number;
  readonly listed: ReadonlySet<string>;
  readonly listedForTests: ReadonlySet<string>;
  readonly sources: readonly Source[];
}

function readPackage(dir: string): Package[] {
  if (!existsSync(join(dir, 'package.json'))) return [];
  const { name, dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const listed = new Set([name, ...Object.keys(dependencies)]);
  const listedForTests = new Set([...listed, ...Object.keys(devDependencies), 'vitest', 'fast-check', 'zod']);
  return [{ name, floor: floorOf(name), listed, listedForTests, sources: sourcesOf(join(dir, 'src')) }];
}

function sourcesOf(dir: string): Source[] {
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => /\.m?ts$/.test(name));
  return names.map((name) => ({
    file: relative(root, join(dir, name)),
    text: withoutComments(readFileSync(join(dir, name), 'utf8')),
    isTest: /\.test\./.test(name) || dirname(name).split('/')[0] === 'testing',
  }));
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');

const floorOf = (name: string): number => {
  const at = FLOORS.findIndex((names) => names.includes(name));
  return at < 0 ? SERVICES : at;
};

/** Names of the packages a source imports: `ioredis`, `@tiercel/store` (also for `@tiercel/store/testing`). */
function importsOf({ text }: Source): string[] {
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bresolve\()\s*['"]([\w@./-]+)['"]/g)].map(
    (match) => match[1] as string,
  );
  const foreign = specifiers.filter((specifier) => !/^(\.|node:)/.test(specifier));
  return foreign.map((specifier) =>
    specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/'),
  );
}

const dirs = ['packages', 'services'].flatMap((top) => readdirSync(join(root, top)).map((name) => join(root, top, name)));
const packages = dirs.flatMap(readPackage);
const ours = new Set(packages.map(({ name }) => name));

/** Every fault that `rule` finds in a package's sources, as `file: what`. */
const faults = (rule: (source: Source, owner: Package) => string[]): string[] =>
  packages.flatMap((owner) => owner.sources.flatMap((source) => rule(source, owner).map((what) => `${source.file}: ${what}`)));

test('there is something to check', () => {
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(FLOORS.flat()));
  expect(packages.flatMap(({ sources }) => sources.flatMap(importsOf))).toContain('nats');
});

test('a package imports only what its package.json lists', () => {
  const unlisted = (source: Source, { listed, listedForTests }: Package) =>
    importsOf(source).filter((name) => !(source.isTest ? listedForTests : listed).has(name));
  expect(faults(unlisted)).toEqual([]);
});

test('a package imports from lower floors only, so services import no services', () => {
  const upward = (source: Source, { name, floor }: Package) =>
    importsOf(source).filter((each) => ours.has(each) && each !== name && floorOf(each) >= floor && !source.isTest);
  expect(faults(upward)).toEqual([]);
});

test('a client library of a server is imported in one package only', () => {
  const strayed = (source: Source, { name }: Package) => importsOf(source).filter((each) => (ONLY_IN[each] ?? name) !== name);
  expect(faults(strayed)).toEqual([]);
});

test('time and chance come from real.ts only', () => {
  const reads = ({ file, text, isTest }: Source) =>
    isTest || file === 'packages/actors/src/real.ts' ? [] : (TIME_AND_CHANCE.exec(text)?.slice(1) ?? []);
  expect(faults(reads)).toEqual([]);
});

test('process.env is read by host, cli and services only', () => {
  const reads = ({ file, text, isTest }: Source) =>
    isTest || READS_ENVIRONMENT.test(file) || !text.includes('process.env') ? [] : ['process.env'];
  expect(faults(reads)).toEqual([]);
});
