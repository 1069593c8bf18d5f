// wiring.js — what stands between the servers: headings, clients, wires, and the balancer with what it decides by.

/** @import {Group, Server} from '../panel/types.js' */
/** @import {Scene} from './stage.js' */

import { TAU } from './pen.js';
import { inward, onward, railOf } from './paths.js';

/** @param {Scene} scene */
export function headings({ pen, L, k }) {
  const main = L.groups.find(g => g.main) ?? L.groups[0], r = main.rows[0], y = 27, alone = L.groups.length === 1;
  for (const g of L.groups) if (g.head && !alone) pen.text(g.label, g.head.x, g.head.y, { color: pen.c[g.head.y === y ? 'ink-3' : 'ink-2'], weight: g.head.y === y ? 400 : 500 });
  if (L.kind === 'stacked') { pen.text('Clients', L.pad, 22); return; }
  pen.text('Clients', L.pad, y);
  if (main.box) pen.text(L.wide ? 'Load balancer' : 'Balancer', main.box.x, y);
  for (const { sub, qx, wx, ux, uw, rx, rw } of alone && r ? main.rows.filter((row, n) => n === 0 || row.sub !== main.rows[n - 1].sub) : []) {
    pen.text('Queue', qx, y);
    pen.text('Workers', wx, y);
    if (uw) pen.text(uw > 60 ? 'Utilisation' : 'Busy', ux, y);
    if (rw && !sub) pen.text(`Latency, 0–${k.rug.toLocaleString('en')} ms`, rx, y);
  }
  pen.line(L.pad, 39, L.W - L.pad, 39);
}

/** @param {Scene} scene */
export function wires({ pen, L, k }) {
  const { c } = pen;
  for (const g of L.groups) {
    for (const n of g.from) for (const from of n < 0 ? L.clients : L.groups[n].rows) pen.path(inward(L, from, g), c.line);
    g.rows.forEach((r, n) => {
      const s = k.servers[r.i], off = s && (s.state === 'down' || s.state === 'boot'), road = onward(L, g, n);
      if (road.length > 1) pen.path(road, off ? c['line-2'] : c.line, 1, !s || s.trusted ? [] : [2, 4]);
    });
  }
}

/** @param {Scene} scene */
export function clients({ pen, L }) {
  const { g, c } = pen;
  g.fillStyle = c.surface; g.strokeStyle = c.edge; g.lineWidth = 1.25;
  for (const p of L.clients) { g.beginPath(); g.arc(p.x, p.y, 3.5, 0, TAU); g.fill(); g.stroke(); }
}

/** @param {Scene} scene */
export function balancers(scene) {
  for (const group of scene.L.groups) if (group.box) (scene.L.kind === 'stacked' ? strip : box)(scene, group);
  if (scene.L.kind === 'stacked') for (const g of scene.L.groups) if (!g.box && g.rows.length > 1) scene.pen.fill(g.hub.x - 4, g.hub.y - 1, 8, 3, scene.pen.c.edge);
  if (scene.k.strategy === 'shared-queue' && !scene.idle) shared(scene);
}

/** The queue that all servers of a pool share: a rule above the balancer, one tick for each waiting request. @param {Scene} scene */
function shared({ pen, L, k }) {
  const group = L.groups.find(g => g.main), b = group?.box, waiting = k.row?.shared ?? 0;
  if (!b) return;
  const across = L.kind === 'across', x = across ? b.x : group.x + 130, w = across ? b.w : b.w - (group.x + 130 - b.x) - 90, base = across ? b.y - 8 : b.y + 29;
  const shown = Math.min(waiting, Math.floor(w / 4)), pitch = shown ? Math.min(8, w / shown) : 8;
  pen.line(x, base, x + w, base, pen.c['line-2']);
  for (let n = 0; n < shown; n++) pen.fill(Math.round(x + w - (n + .5) * pitch) - 1, base - 14, pitch > 4 ? 2 : 1, 14, pen.c.req);
  if (across) pen.text(`${waiting.toLocaleString('en')} waiting`, x, base - 20, { color: pen.c['ink-2'] });
  else pen.text(waiting.toLocaleString('en'), x + w, base - 17, { align: 'right', color: pen.c['ink-2'] });
}

/** A balancer stacked above its servers. @param {Scene} scene @param {Group} group */
function strip({ pen, L, k, idle }, group) {
  const { g, c } = pen, b = /** @type {NonNullable<Group['box']>} */ (group.box), last = k.lastPick, age = last ? k.now - last.t : 1e9;
  g.fillStyle = c.surface; g.strokeStyle = c.ink; g.lineWidth = 1.5;
  g.beginPath(); g.roundRect(b.x, b.y, b.w, b.h, 4); g.fill(); g.stroke();
  const alone = L.groups.length === 1, rule = group.main ? k.strategyName : '';
  pen.text(alone ? rule || 'Load balancer' : [group.label, rule].filter(Boolean).join(' · '), group.x, b.y + 24, { size: 13, weight: 500, color: c.ink });
  const picked = last && k.servers[last.server];
  if (picked && !idle && group.ports.length > 1) pen.text(`picked ${picked.name}`, b.x + b.w - 12, b.y + 24, { align: 'right' });
  group.ports.forEach((p, n) => pen.fill(p.x - 1.5, p.y - 5, 3, 10, last && age < k.hop * .7 && group.rows[n].i === last.server ? c.req : c.edge));
}

/** A balancer beside its servers: its ports, and what it compares. @param {Scene} scene @param {Group} group */
function box({ pen, L, k, idle }, group) {
  const { g, c } = pen, b = /** @type {NonNullable<Group['box']>} */ (group.box), { ports, hub } = group;
  g.fillStyle = c.surface; g.strokeStyle = c.ink; g.lineWidth = 1.5;
  g.beginPath(); g.roundRect(b.x, b.y, b.w, b.h, 4); g.fill(); g.stroke();
  if (!ports.length) return;
  const rail = railOf(b), last = k.lastPick, age = last ? k.now - last.t : 1e9;
  pen.line(b.x, hub.y, rail, hub.y, c['line-2']);
  pen.line(rail, Math.min(...ports.map(p => p.y)), rail, Math.max(...ports.map(p => p.y)), c['line-2']);
  pen.fill(b.x - 3, hub.y - 4, 6, 8, c.ink);
  const found = /** @type {Server[]} */ (group.rows.map(r => k.servers[r.i]).filter(Boolean)), most = Math.max(8, ...found.map(s => s.inflight));
  const ys = ports.map(p => p.y).sort((a, z) => a - z), step = ports.length > 1 ? ys[1] - ys[0] : 40, half = Math.min(4, step / 2 - 1);
  const counts = k.strategy === 'least-connections' || k.strategy === 'two-choices';
  ports.forEach((p, n) => {
    const s = k.servers[group.rows[n].i];
    if (!s) return;
    const hot = !idle && last?.server === s.i && age < k.hop * 1.2;
    pen.line(rail, p.y, p.x - 4, p.y, hot ? c.req : c.line, hot ? 2 : 1);
    if (counts) pen.fill(rail + 1, p.y + 4, (p.x - rail - 8) * Math.min(1, s.inflight / most), 3, hot ? c.req : c['line-2']);
    g.fillStyle = s.trusted ? c.ink : c.surface; g.strokeStyle = c.ink; g.lineWidth = 1.25;
    g.beginPath(); g.rect(p.x - half, p.y - half, half * 2, half * 2); g.fill(); g.stroke();
    if (idle || step < 15) return;
    const note = k.strategy === 'weighted' ? `×${s.weight}` : String(s.inflight);
    pen.text(note, p.x - 9, p.y - 5, { size: 11, align: 'right', color: hot ? c.req : c['ink-3'], weight: hot ? 600 : 400 });
  });
}
