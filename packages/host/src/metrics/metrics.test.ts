import { expect, test } from 'vitest';
import { kept } from './kept.js';
import { Metrics, OTHER } from './metrics.js';

test('counters and gauges are lines with their labels, under one head each', async () => {
  const metrics = new Metrics();
  const jobs = metrics.counter('jobs_total', 'Jobs.', ['queue', 'end']);
  const [good, bad] = [jobs.of('mail', 'good'), jobs.of('mail', 'bad')];
  const depth = metrics.gauge('depth', 'How many.').of();

  good.add();
  good.add(2);
  bad.add(0);
  depth.set(5);
  depth.add(-1);

  expect(await metrics.text()).toBe(
    [
      '# HELP jobs_total Jobs.',
      '# TYPE jobs_total counter',
      'jobs_total{queue="mail",end="good"} 3',
      'jobs_total{queue="mail",end="bad"} 0',
      '# HELP depth How many.',
      '# TYPE depth gauge',
      'depth 4',
      '',
    ].join('\n'),
  );
});

test('a histogram counts what is at most as large as each bound', async () => {
  const metrics = new Metrics();
  const took = metrics.histogram('took_seconds', 'Time.', [0.1, 1], ['verb']).of('get');

  for (const seconds of [0.05, 0.1, 0.5, 7]) took.observe(seconds);

  expect((await metrics.text()).split('\n').slice(2, -1)).toEqual([
    'took_seconds_bucket{verb="get",le="0.1"} 2',
    'took_seconds_bucket{verb="get",le="1"} 3',
    'took_seconds_bucket{verb="get",le="+Inf"} 4',
    'took_seconds_sum{verb="get"} 7.65',
    'took_seconds_count{verb="get"} 4',
  ]);
});

test('a label may hold anything, and stays on its line', async () => {
  const metrics = new Metrics();

  metrics.gauge('g', 'G.', ['name']).of('\\Common\\Job\n"x"').set(1);

  expect(await metrics.text()).toContain('g{name="\\\\Common\\\\Job\\n\\"x\\""} 1\n');
});

test('series beyond the bound are counted together', async () => {
  const metrics = new Metrics();
  const calls = metrics.counter('calls_total', 'Calls.', ['tenant'], 2);

  for (const tenant of ['a', 'b', 'c', 'd', 'a']) calls.of(tenant).add();

  const lines = (await metrics.text()).split('\n').slice(2, -1);
  expect(lines).toEqual(['calls_total{tenant="a"} 2', 'calls_total{tenant="b"} 1', `calls_total{tenant="${OTHER}"} 2`]);
});

test('what is made of the first texts is kept, and all others share one', () => {
  const seriesOf = kept(2, (text) => ({ text }));

  expect(['a', 'b', 'c', 'a', 'd'].map((text) => seriesOf(text).text)).toEqual(['a', 'b', OTHER, 'a', OTHER]);
  expect(seriesOf('c')).toBe(seriesOf('d'));
  expect(seriesOf('a')).toBe(seriesOf('a'));
});

test('what is read at a scrape is read before it is written', async () => {
  const metrics = new Metrics();
  const depth = metrics.gauge('depth', 'How many.', ['queue']);
  metrics.before(async () => {
    depth.clear();
    depth.of('now').set(1);
  });
  depth.of('before').set(1);

  const text = await metrics.text();

  expect(text).toContain('depth{queue="now"} 1');
  expect(text).not.toContain('before');
});
