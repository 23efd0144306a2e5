import { type CpuProfile, IDLE, type ProfileNode, selfTimes } from './cpu-profile.js';
import type { Basis } from './summary.js';
import { nameOf, ownerOf, placeOf } from './where.js';

/** Calls that took less of the busy time together are left out: they would be thinner than a hair. */
const LEAST = 0.0005;

/** A function as called along one way, with the ways onwards. */
export interface Call {
  readonly name: string;
  readonly place: string;
  readonly owner: string;
  /** Microseconds, with all that it called. */
  us: number;
  readonly calls: Call[];
}

/** A page that shows the profile in any browser, without a network. Idle time is left out. */
export function flameGraph(profile: CpuProfile, title: string, { jobs, onCore }: Basis): string {
  const data = JSON.stringify({ usPerJob: onCore / jobs, root: callTree(profile) }).replaceAll('<', '\\u003c');
  return PAGE.replaceAll('TITLE', () => escaped(title)).replace('DATA', () => data);
}

/** The calls of the profile, the same function called along the same way as one. */
export function callTree(profile: CpuProfile): Call {
  const times = selfTimes(profile);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const inner = new Set(profile.nodes.flatMap(({ children = [] }) => children));
  const root: Call = { name: 'busy', place: '', owner: '', us: 0, calls: [] };

  function add(node: ProfileNode, into: Call): number {
    if (node.callFrame.functionName === IDLE) return 0;
    const call = callOf(node, into);
    let us = times.get(node.id) ?? 0;
    for (const id of node.children ?? []) us += add(nodes.get(id) as ProfileNode, call);
    call.us += us;
    return us;
  }

  for (const top of profile.nodes.filter(({ id }) => !inner.has(id))) {
    for (const id of top.children ?? []) root.us += add(nodes.get(id) as ProfileNode, root);
  }
  return pruned(root, root.us * LEAST);
}

function callOf({ callFrame }: ProfileNode, into: Call): Call {
  const [name, place] = [nameOf(callFrame), placeOf(callFrame)];
  const known = into.calls.find((call) => call.name === name && call.place === place);
  if (known) return known;
  const call: Call = { name, place, owner: ownerOf(callFrame), us: 0, calls: [] };
  into.calls.push(call);
  return call;
}

function pruned(call: Call, leastUs: number): Call {
  const calls = call.calls.filter(({ us }) => us > leastUs).sort((a, b) => b.us - a.us);
  return { ...call, calls: calls.map((each) => pruned(each, leastUs)) };
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>TITLE</title>
<style>
  body { font: 13px system-ui, sans-serif; margin: 1rem }
  #told { height: 2.6em; white-space: pre-line; font-variant-numeric: tabular-nums }
  #graph { position: relative }
  #graph div { position: absolute; box-sizing: border-box; height: 18px; padding: 1px 3px; border: 1px solid #fff; border-radius: 3px;
    overflow: hidden; white-space: nowrap; font-size: 12px; cursor: pointer }
  #graph div:hover { filter: brightness(0.85) }
</style>
<h1>TITLE</h1>
<p>The widest way down is where the time goes; a click shows a call as wide as the page, a click on the top one shows all again.</p>
<p id="told"></p>
<div id="graph"></div>
<script type="application/json" id="data">DATA</script>
<script>
  const { usPerJob, root } = JSON.parse(document.getElementById('data').textContent)
  const graph = document.getElementById('graph')
  const told = document.getElementById('told')
  const hues = new Map()
  const hueOf = (owner) => hues.get(owner) ?? hues.set(owner, (hues.size * 67 + 20) % 360).get(owner)
  const tell = ({ name, place, owner, us, calls }) => {
    const self = us - calls.reduce((sum, call) => sum + call.us, 0)
    const part = (time) => (time / root.us * 100).toFixed(1) + ' %, ' + (time * usPerJob).toFixed(2) + ' µs a job'
    return name + '  ' + place + (owner && owner !== place ? '  (' + owner + ')' : '') + '\\nwith all it calls ' + part(us) + '; itself ' + part(self)
  }
  function show(top) {
    graph.textContent = ''
    let deepest = 0
    const place = (call, left, width, depth) => {
      if (width < 0.05) return
      deepest = Math.max(deepest, depth)
      const box = document.createElement('div')
      box.textContent = call.name
      box.title = tell(call)
      box.style.cssText = 'left:' + left + '%;width:' + width + '%;top:' + depth * 18 + 'px;background:hsl(' + hueOf(call.owner) + ' 65% 78%)'
      box.onmouseenter = () => { told.textContent = tell(call) }
      box.onclick = () => show(call === top ? root : call)
      graph.append(box)
      for (const each of call.calls) {
        const share = width * each.us / call.us
        place(each, left, share, depth + 1)
        left += share
      }
    }
    place(top, 0, 100, 0)
    graph.style.height = (deepest + 1) * 18 + 'px'
    told.textContent = tell(top)
  }
  show(root)
</script>
`;
