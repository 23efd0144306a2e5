import { fileURLToPath } from 'node:url';
import { fail } from '@tiercel/protocol';
import { flagsOfPlaceHere } from '../connection.js';

const SERVICES = ['producer', 'broker-adapter', 'consumer', 'supervisor'];
/** What joins an installation that runs already. */
const JOINING = ['producer', 'consumer'];

/** Becomes a service: its own `main` reads the flags from here on. Without a place among them one that joins others looks in this folder. */
export async function start(service: string, flags: readonly string[]): Promise<void> {
  if (!SERVICES.includes(service))
    fail('BAD_OPTION', { argument: 'service', expected: SERVICES.join(', '), got: service.slice(0, 40) });
  const main = mainOf(service);
  const place = JOINING.includes(service) ? await flagsOfPlaceHere(flags) : [];
  process.argv = [process.execPath, fileURLToPath(main), ...flags, ...place];
  await import(main);
}

/** Throws BAD_OPTION where the command was installed and the services were not. */
function mainOf(service: string): string {
  try {
    return import.meta.resolve(`@tiercel/service-${service}`);
  } catch (error) {
    const remedy = `the services are not installed here; run them in a clone of Tiercel or in its image (\`docker compose\`, docs/deploy.md)`;
    return fail('BAD_OPTION', { argument: 'service', got: service, remedy }, error);
  }
}
