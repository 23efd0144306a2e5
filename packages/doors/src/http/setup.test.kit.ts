import { createHub, createSystem, type Ref, realClock, realRandom, silentLog } from '@tiercel/actors';
import { createBroker } from '@tiercel/broker';
import { type Client, createClient } from '@tiercel/client';
import { type BrokerProtocol, brokerCodec, brokerPath, encodeData, type LeasedJob, LIMITS } from '@tiercel/protocol';
import { openMemoryStore } from '@tiercel/store';
import { exchange } from '@tiercel/test-support';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished } from 'vitest';
import { type HttpDoor, type HttpDoorOptions, openHttpDoor } from './http-door.js';

const ports = { clock: realClock, random: realRandom, log: silentLog };
const NAMESPACE = 'test';

export interface Called {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly body: any;
  readonly headers: Headers;
}

export interface Scene {
  readonly door: HttpDoor;
  readonly client: Client;
  readonly url: string;
  /** One request; what comes back is held against the door's own description. */
  call(line: string, body?: unknown, headers?: Record<string, string>): Promise<Called>;
  /** Bytes as they are, and all that comes back until the door hangs up. */
  raw(text: string): Promise<string>;
  /** Takes the next job of a queue, as a worker does. */
  reserve(tenant: string, queue: string): Promise<LeasedJob>;
  settle(job: LeasedJob, outcome: { result: unknown } | { reason: string }): Promise<void>;
}

/** A door before the real broker over memory; closed when the test is over, or when `whenOver` says. */
export async function setup(
  options: Partial<HttpDoorOptions> = {},
  whenOver: (close: () => Promise<void>) => void = onTestFinished,
): Promise<Scene> {
  const hub = createHub(ports);
  const [inside, outside] = [hub.connect('broker'), hub.connect('door')];
  const [there, here] = [
    createSystem({ name: 'broker', transport: inside, ...ports }),
    createSystem({ name: 'door', transport: outside, ...ports }),
  ];
  const store = openMemoryStore({ clock: realClock, shards: 2 });
  const broker = await createBroker({ system: there, store, namespace: NAMESPACE, name: 'broker', ...ports });
  const refOf = (tenant: string): Ref<BrokerProtocol> => here.ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec);
  const client = createClient({ broker: refOf, ...ports });
  const door = await openHttpDoor({ client, host: '127.0.0.1', port: 0, ...ports, ...options });
  whenOver(async () => {
    await door.close();
    client.close();
    await here.stop();
    await broker.stop();
    await there.stop();
    await Promise.all([outside.close(), inside.close()]);
  });
  const url = `http://127.0.0.1:${door.port}`;
  const check = await describedBy(url);
  return {
    door,
    client,
    url,
    async call(line, body, headers = {}) {
      const [method = '', path = ''] = line.split(' ');
      const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      const typed = body === undefined ? headers : { 'content-type': 'application/json', ...headers };
      const response = await fetch(url + path, { method, headers: typed, ...content });
      const called = { status: response.status, body: await response.json(), headers: response.headers };
      check(method, path, called);
      return called;
    },
    raw: (text) => exchange(door.port, text),
    async reserve(tenant, queue) {
      const demand = { queues: [queue], max: 1, maxBytes: LIMITS.batchBytes, owner: 'w', parkMs: 5_000 };
      const { jobs } = await refOf(tenant).ask('reserve', demand, { timeoutMs: 10_000 });
      return jobs[0] as LeasedJob;
    },
    async settle({ tenant, id, token }, end) {
      const outcome =
        'reason' in end
          ? ({ outcome: 'bury', reason: end.reason } as const)
          : ({ outcome: 'ack', result: encodeData(end.result) } as const);
      await refOf(tenant).ask('settle', { settlements: [{ tenant, id, token, ...outcome }] }, { timeoutMs: 5_000 });
    },
  };
}

interface Description {
  readonly paths: Record<string, Record<string, { responses: Record<string, { content?: unknown; $ref?: string }> }>>;
}

/** Fails a test whose answer is not as the door's description says. */
async function describedBy(url: string) {
  const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as Description;
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, 'door');
  return (method: string, path: string, { status, body }: Called) => {
    const template = Object.keys(document.paths).find((each) => matches(each, path.split('?', 1)[0] as string));
    const responses = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()]?.responses;
    const response = responses?.[status];
    if (template && responses) expect(Object.keys(responses)).toContain(String(status));
    const pointer =
      template === undefined || response === undefined || response.$ref
        ? '/components/schemas/Error'
        : `/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`;
    const validate = ajv.getSchema(`door#${encodeURI(pointer)}`);
    if (!validate) throw new Error(`nothing describes ${method} ${path} ${status}`);
    expect({ body, faults: validate(body) ? [] : validate.errors }).toEqual({ body, faults: [] });
  };
}

const matches = (template: string, path: string): boolean => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
