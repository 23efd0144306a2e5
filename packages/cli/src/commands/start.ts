import { fileURLToPath } from 'node:url';
import { fail } from '@tiercel/protocol';

const SERVICES = ['producer', 'broker-adapter', 'consumer', 'supervisor'];

/** Becomes a service: its own `main` reads the flags from here on. */
export async function start(service: string, flags: readonly string[]): Promise<void> {
  if (!SERVICES.includes(service))
    fail('BAD_OPTION', { argument: 'service', expected: SERVICES.join(', '), got: service.slice(0, 40) });
  const main = import.meta.resolve(`@tiercel/service-${service}`);
  process.argv = [process.execPath, fileURLToPath(main), ...flags];
  await import(main);
}
