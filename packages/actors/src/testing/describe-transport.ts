import { describe, expect, onTestFinished, test } from 'vitest';
import type { Inbound, Transport } from '../transport.js';

/** A wire to be tested. */
export interface Wire {
  /** One end of it more. */
  connect(): Promise<Transport>;
  close(): Promise<void>;
}

const bytes = (content: string): Uint8Array => Buffer.from(content);
const text = (body: Uint8Array): string => Buffer.from(body).toString();
const ask = { timeoutMs: 5_000 };

/** What every transport does alike. `open` is called once a test. */
export function describeTransport(name: string, open: () => Promise<Wire>): void {
  /** Somebody who answers with what he got on `echo.*`, and somebody who asks. */
  async function setup() {
    const wire = await open();
    onTestFinished(() => wire.close());
    const connect = async (): Promise<Transport> => {
      const transport = await wire.connect();
      onTestFinished(() => transport.close());
      return transport;
    };
    const [service, caller] = [await connect(), await connect()];
    const seen: Inbound[] = [];
    const unserve = await service.serve('echo.*', (message) => {
      seen.push(message);
      message.respond?.(message.body);
    });
    return { connect, service, caller, seen, unserve };
  }

  /** Resolves when everything that `from` has sent so far has been taken by `to`, which serves `echo.*`. */
  const taken = (from: Transport): Promise<unknown> => from.request('echo.barrier', bytes(''), ask);

  describe(`transport: ${name}`, () => {
    test('a request is answered by who serves its subject, and an empty answer is one', async () => {
      const { caller, seen } = await setup();

      expect(text(await caller.request('echo.a', bytes('hello'), ask))).toBe('hello');
      expect(await caller.request('echo.b', bytes(''), ask)).toHaveLength(0);
      expect(seen.map(({ subject }) => subject)).toEqual(['echo.a', 'echo.b']);
    });

    test('who serves may ask as well, also itself', async () => {
      const { service, caller } = await setup();
      await caller.serve('back', (message) => message.respond?.(bytes('and forth')));

      expect(text(await service.request('back', bytes(''), ask))).toBe('and forth');
      expect(text(await caller.request('back', bytes(''), ask))).toBe('and forth');
    });

    test('many requests at once get each its own answer', async () => {
      const { caller } = await setup();

      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => caller.request('echo.a', bytes(`${n}`), ask)));

      expect(answers.map((answer) => Number(text(answer)))).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    });

    test('a send arrives, in order, never within the call, and has nobody to answer', async () => {
      const { caller, seen } = await setup();

      const sent = ['one', 'two'].map((word) => caller.send('echo.a', bytes(word)));
      expect(seen).toEqual([]);
      await taken(caller);

      expect(sent).toEqual([true, true]);
      expect(seen.map(({ body, respond }) => [text(body), respond !== undefined])).toEqual([
        ['one', false],
        ['two', false],
        ['', true],
      ]);
    });

    test('a star stands for one whole token', async () => {
      const { service, caller } = await setup();
      const heard: string[] = [];
      await service.serve('t.*.add.*', ({ subject }) => void heard.push(subject));

      for (const subject of ['t.a.add.q', 't.b.add.q', 't.a.get.q', 't.a.add', 't.a.add.q.r']) caller.send(subject, bytes(''));
      await taken(caller);

      expect(heard).toEqual(['t.a.add.q', 't.b.add.q']);
    });

    test.each(['a b', 'a.*', 'a.>', '', 'x'.repeat(256)])('the subject %j is refused', async (subject) => {
      const { caller } = await setup();

      await expect(caller.request(subject, bytes(''), ask)).rejects.toMatchObject({ code: 'BAD_NAME' });
      expect(() => caller.send(subject, bytes(''))).toThrow(/BAD_NAME/);
    });

    test('a request to nobody fails as UNREACHABLE, also when there was somebody', async () => {
      const { caller, unserve } = await setup();

      await expect(caller.request('nobody.here', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      await unserve();
      await expect(caller.request('echo.a', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    });

    test('a request that nobody answers in time ends as NO_ANSWER, and the answer that comes later harms nothing', async () => {
      const { caller, service } = await setup();
      const got = new Promise<Inbound>((resolve) => void service.serve('late', resolve));
      await service.request('echo.a', bytes('the serving is known'), ask);

      await expect(caller.request('late', bytes(''), { timeoutMs: 30 })).rejects.toMatchObject({ code: 'NO_ANSWER' });
      (await got).respond?.(bytes('too late'));

      expect(text(await caller.request('echo.a', bytes('fine'), ask))).toBe('fine');
    });

    test('the caller can give up, before and while he waits', async () => {
      const { caller, service } = await setup();
      await service.serve('silent', () => {});
      const giveUp = new AbortController();

      const request = caller.request('silent', bytes(''), { ...ask, signal: giveUp.signal });
      giveUp.abort();

      await expect(request).rejects.toMatchObject({ code: 'ABORTED' });
      const again = caller.request('silent', bytes(''), { ...ask, signal: giveUp.signal });
      await expect(again).rejects.toMatchObject({ code: 'ABORTED' });
    });

    test('of a group one server gets a message; without a group all do', async () => {
      const { connect, caller } = await setup();
      const members = await Promise.all([connect(), connect()].map(async (each) => aMember(await each)));

      await Promise.all(Array.from({ length: 200 }, () => caller.request('work.a', bytes(''), ask)));
      caller.send('news.a', bytes(''));

      await expect.poll(() => members.map(({ news }) => news)).toEqual([1, 1]);
      expect(members.reduce((sum, { work }) => sum + work, 0)).toBe(200);
      expect(Math.min(...members.map(({ work }) => work))).toBeGreaterThan(50);
    });

    test('the largest body goes through whole, and one byte more is refused before it is sent', async () => {
      const { caller, seen } = await setup();
      const [largest, tooLarge] = [new Uint8Array(caller.maxBytes).fill(7), new Uint8Array(caller.maxBytes + 1)];

      const answer = await caller.request('echo.a', largest, ask);
      expect(Buffer.compare(answer, largest)).toBe(0);
      await expect(caller.request('echo.a', tooLarge, ask)).rejects.toMatchObject({
        code: 'PAYLOAD_TOO_LARGE',
        facts: { bytes: caller.maxBytes + 1, maxBytes: caller.maxBytes },
      });

      expect(seen).toHaveLength(1);
    });

    test('who answers with too much is told so, and may answer with less', async () => {
      const { caller, service } = await setup();
      const refusals: unknown[] = [];
      await service.serve('large', (message) => {
        try {
          message.respond?.(new Uint8Array(service.maxBytes + 1));
        } catch (error) {
          refusals.push((error as { code: string }).code);
          message.respond?.(bytes('less'));
        }
      });

      expect(text(await caller.request('large', bytes(''), ask))).toBe('less');
      expect(refusals).toEqual(['PAYLOAD_TOO_LARGE']);
    });

    test('closing ends what was asked with STOPPED, serves no more and tells watchers', async () => {
      const { caller, service } = await setup();
      await service.serve('silent', () => {});
      await caller.serve('mine', () => {});
      const ups: boolean[] = [];
      caller.watch((up) => ups.push(up));
      const pending = expect(caller.request('silent', bytes(''), ask)).rejects.toMatchObject({ code: 'STOPPED' });

      await caller.close();

      await pending;
      expect(ups).toEqual([true, false]);
      expect(caller.send('echo.a', bytes(''))).toBe(false);
      await expect(caller.request('echo.a', bytes(''), ask)).rejects.toMatchObject({ code: 'STOPPED' });
      await expect(service.request('mine', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    });
  });
}

async function aMember(transport: Transport) {
  const got = { work: 0, news: 0 };
  const takeWork = (message: Inbound) => {
    got.work++;
    message.respond?.(message.body);
  };
  await transport.serve('work.*', takeWork, { group: 'g' });
  await transport.serve('news.*', () => void got.news++);
  return got;
}
