import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, startNats } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { Folder } from './folder.js';
import { KestrelWire } from './kestrel-wire.js';
import { Ledger } from './ledger.js';
import { run } from './run.js';
import { startService } from './service.js';

// Jobs that a server of Kestrel's protocol keeps for brokers: here our own, for want of another.

const HANDLERS = fileURLToPath(new URL('./handlers/ledger-job.js', import.meta.url));
const TIERCEL = fileURLToPath(new URL('../../../packages/cli/bin/tiercel.js', import.meta.url));
const MINUTE = 60_000;
const JOBS = 50;

test(
  'with TIERCEL_STORE=kestrel:// two brokers and two consumers perform every job once',
  async () => {
    const [nats, server, kestrel] = await Promise.all([startNats(), freePort(), freePort()]);
    const dir = mkdtempSync(join(tmpdir(), 'tiercel-store-kestrel-'));
    onTestFinished(() => nats.stop().then(() => rmSync(dir, { recursive: true, force: true })));
    const ledger = new Ledger(join(dir, 'ledger'));
    const kept = new Folder().dev('--single', '--kestrel', String(server), '--namespace', 'kept');
    const wire = await KestrelWire.to(server);
    const wired = { TIERCEL_NATS_URL: nats.url, TIERCEL_LOG_LEVEL: 'warn' };
    for (const _ of ['one', 'other']) {
      startService('broker-adapter', { ...wired, TIERCEL_STORE: `kestrel://127.0.0.1:${server}` });
      startService('consumer', { ...wired, TIERCEL_HANDLERS: HANDLERS, TEST_LEDGER: ledger.file });
    }
    startService('producer', { ...wired, TIERCEL_KESTREL: `127.0.0.1:${kestrel}` });
    const door = await KestrelWire.to(kestrel);

    for (let nth = 0; nth < JOBS; nth++) {
      const item = `{"instance":"dev","jobName":"HelloWorld","data":{"nth":${nth}}}`;
      expect(await door.set('hello_world', item)).toBe('STORED\r\n');
    }

    await eventually(() => ledger.read().length >= JOBS, { what: `${JOBS} jobs`, withinMs: MINUTE });
    expect(ledger.read().filter(({ attempt }) => attempt === 1)).toHaveLength(JOBS);
    expect(ledger.read()).toHaveLength(JOBS);
    await eventually(async () => (await wire.get('tiercel:dev:hello_world/open')) === 'END\r\n');
    const doctor = await run(process.execPath, [TIERCEL, 'doctor'], { env: { TIERCEL_NATS_URL: nats.url } });
    expect(doctor.stdout).toMatch(/^ok +tenant .* keeps no lists/m);
    expect(doctor.code).toBe(0);
    expect(await kept.stop()).toBe(0);
  },
  3 * MINUTE,
);
