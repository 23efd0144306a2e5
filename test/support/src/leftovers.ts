import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Something started that must not outlive the tests. */
interface Leftover {
  readonly pid?: number | undefined;
  readonly container?: string | undefined;
  /** Of `docker compose`: containers, networks and volumes of that name. */
  readonly project?: string | undefined;
  /** Its data; also part of a process's command line, by which a reused pid is told from it. */
  readonly dir?: string | undefined;
}

const started = new Set<Leftover>();
process.once('exit', () => started.forEach(end));

/** A fresh directory for a server's data. */
export const freshDir = (name: string): string => mkdtempSync(join(tmpdir(), `tiercel-test-${name}-`));

/**
 * Makes sure that it is ended when this process exits, and, when this process is killed, by whoever calls {@link endLeftovers}
 * on the directory named in `TIERCEL_TEST_REGISTRY`. Returns the way to forget it.
 */
export function register(leftover: Leftover): () => void {
  started.add(leftover);
  const entry = entryOf(leftover);
  if (entry) writeFileSync(entry, JSON.stringify(leftover));
  return () => {
    started.delete(leftover);
    if (entry) rmSync(entry, { force: true });
  };
}

/** Ends everything registered in `registry` by processes that were killed before they could. Returns what it ended. */
export function endLeftovers(registry: string): string[] {
  mkdirSync(registry, { recursive: true });
  return readdirSync(registry).map((name) => {
    end(JSON.parse(readFileSync(join(registry, name), 'utf8')) as Leftover);
    rmSync(join(registry, name), { force: true });
    return name;
  });
}

function entryOf({ pid, container, project }: Leftover): string | undefined {
  const registry = process.env.TIERCEL_TEST_REGISTRY;
  if (!registry) return undefined;
  mkdirSync(registry, { recursive: true });
  return join(registry, String(container ?? project ?? pid));
}

function end({ pid, container, project, dir }: Leftover): void {
  if (container) quietly(() => execFileSync('docker', ['rm', '-f', '-v', container], { stdio: 'ignore', timeout: 10_000 }));
  if (project) {
    const down = ['compose', '-p', project, 'down', '--volumes', '--remove-orphans', '--timeout', '1'];
    quietly(() => execFileSync('docker', down, { stdio: 'ignore', timeout: 60_000 }));
  }
  if (pid && dir && commandOf(pid).includes(dir)) quietly(() => process.kill(pid, 'SIGKILL'));
  if (dir) rmSync(dir, { recursive: true, force: true });
}

const commandOf = (pid: number): string =>
  quietly(() => execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })) ?? '';

/** What is gone already needs no ending. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
