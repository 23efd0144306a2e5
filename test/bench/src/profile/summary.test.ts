import { expect, test } from 'vitest';
import { type CpuProfile, type ProfileNode, within } from './cpu-profile.js';
import { callTree } from './flame-graph.js';
import { summaryOf, tellSummary } from './summary.js';

/** Starts at 1,000,000 µs of the clock and is looked at every 100 µs. */
function aProfile(...looks: string[]): CpuProfile {
  const nodes = [
    aNode(1, '(root)', '', [2, 3, 4, 5, 6]),
    aNode(2, '(idle)'),
    aNode(3, '(garbage collector)'),
    aNode(4, '(program)'),
    aNode(5, 'settle', 'file:///app/node_modules/a/node_modules/@scope/lib/settler.js', [7]),
    aNode(6, '', 'node:events', [8, 9]),
    aNode(7, 'writeBuffer'),
    aNode(8, 'writeBuffer'),
    aNode(9, 'settle', 'file:///app/node_modules/a/node_modules/@scope/lib/settler.js'),
  ];
  const idOf = (look: string): number => {
    const [name = '', caller] = look.split(' < ');
    const ids = nodes.filter(({ callFrame }) => callFrame.functionName === name).map(({ id }) => id);
    return (
      ids.find(
        (id) => caller === undefined || nodes.some((n) => n.callFrame.functionName === caller && n.children?.includes(id)),
      ) ?? 0
    );
  };
  return {
    nodes,
    startTime: 1_000_000,
    endTime: 1_000_000 + looks.length * 100,
    samples: looks.map(idOf),
    timeDeltas: looks.map((_, at) => (at === 0 ? 0 : 100)),
  };
}

const aNode = (id: number, functionName: string, url = '', children: number[] = []): ProfileNode => ({
  id,
  callFrame: { functionName, url, lineNumber: 41 },
  children,
});

const LOOKS = [
  'settle',
  'settle',
  '(idle)',
  '(garbage collector)',
  'writeBuffer < settle',
  'writeBuffer < ',
  '(program)',
  '(idle)',
];

test('each function is told what it ran itself, of the time that was not idle, wherever it was called from', () => {
  const summary = summaryOf(aProfile(...LOOKS), { jobs: 2, onCore: 1 });

  expect(summary.idlePercent).toBeCloseTo(25);
  expect(summary.usPerJob).toBe(300);
  expect(summary.functions.map(({ name, place, usPerJob }) => [name, place, usPerJob])).toEqual([
    ['settle', '@scope/lib/settler.js:42', 100],
    ['writeBuffer', 'native', 100],
  ]);
  expect(summary.functions[0]?.percent).toBeCloseTo(100 / 3);
  expect(summary.apart.map(({ name, percent }) => [name, Math.round(percent)])).toEqual([
    ['(garbage collector)', 17],
    ['(program)', 17],
  ]);
  expect(summary.owners.map(({ name }) => name)).toEqual(['@scope/lib', 'native']);
  expect(tellSummary(summary)).toMatch(/settle {2}@scope\/lib\/settler\.js:42 +33\.3 % +100\.00 µs a job/);
});

test('on a busy machine the CPU time of a job is what the thread had a core for', () => {
  const summary = summaryOf(aProfile(...LOOKS), { jobs: 2, onCore: 0.5 });

  expect(summary.usPerJob).toBe(150);
  expect(summary.functions[0]?.usPerJob).toBe(50);
  expect(summary.functions[0]?.percent).toBeCloseTo(100 / 3);
});

test('only what was seen in the window counts, also when looks come the wrong way round', () => {
  const profile = aProfile(...LOOKS);
  const swapped = { ...profile, samples: [...profile.samples], timeDeltas: [0, 200, -100, 200, 100, 100, 100, 100] };
  [swapped.samples[1], swapped.samples[2]] = [profile.samples[2] ?? 0, profile.samples[1] ?? 0];

  for (const each of [profile, swapped]) {
    const cut = within(each, { fromMs: 1_000.1, toMs: 1_000.45 });
    const summary = summaryOf(cut, { jobs: 1, onCore: 1 });
    expect(cut.samples).toEqual(profile.samples.slice(1, 5));
    expect(summary.usPerJob).toBeCloseTo(250);
    expect(summary.functions.map(({ name, usPerJob }) => [name, Math.round(usPerJob)])).toEqual([
      ['settle', 100],
      ['writeBuffer', 50],
    ]);
  }
});

test('a flame graph has a call as wide as all that it calls, and no idle time', () => {
  const root = callTree(aProfile(...LOOKS));

  expect(root.us).toBe(600);
  expect(root.calls.find(({ name }) => name === 'settle')).toMatchObject({ us: 300, calls: [{ name: 'writeBuffer', us: 100 }] });
  expect(root.calls.map(({ name }) => name)).not.toContain('(idle)');
});
