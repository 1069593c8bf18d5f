// paths.js — the ways that requests take between the places of a layout, drawn as wires and travelled by dots: one and the same.

/** @import {Group, Layout, Place, Point} from '../panel/types.js' */

/** A way as a line of points, with the distance from its beginning at each. @typedef {{points: Point[], at: number[], length: number}} Way */

const PARTS = 14;

/** A curve that leaves and arrives level. @param {Point} a @param {Point} z @param {number} ease @returns {Point[]} */
function flat(a, z, ease = .5) {
  const d = (z.x - a.x) * ease, b = a.x + d, c = z.x - d;
  return Array.from({ length: PARTS + 1 }, (_, n) => {
    const u = n / PARTS, v = 1 - u;
    return { x: v * v * v * a.x + 3 * v * v * u * b + 3 * v * u * u * c + u * u * u * z.x, y: a.y + (z.y - a.y) * (3 * u * u - 2 * u * u * u) };
  });
}

/** A curve that leaves and arrives upright. @param {Point} a @param {Point} z @returns {Point[]} */
const upright = (a, z) => flat({ x: a.y, y: a.x }, { x: z.y, y: z.x }, .5).map(p => ({ x: p.y, y: p.x }));

/** From where a request comes to where a group takes requests in. @param {Layout} L @param {Point|Place} from @param {Group} g @returns {Point[]} */
export function inward(L, from, g) {
  const z = g.hub;
  if (!('lane' in from)) return L.kind === 'across' ? flat(from, z, .55) : upright(from, z);
  const home = L.groups[from.group], last = from.sub === home.rows.at(-1)?.sub, out = { x: from.right + 3, y: from.y };
  const away = last ? [out] : [out, { x: out.x + 5, y: from.lane }];
  if (L.kind === 'across') {
    const edge = { x: home.right + 4, y: last ? from.y : from.lane };
    return [...away, ...flat(edge, z, .5)];
  }
  const x = L.W - L.pad + 8, y = last ? from.y : from.lane;
  return [...away, { x: x - 4, y }, { x, y: y + 4 }, { x, y: g.cross - 5 }, { x: x - 5, y: g.cross }, { x: z.x + 5, y: g.cross }, { x: z.x, y: g.cross + 5 }, z];
}

/** From where a group takes requests in to one of its servers. @param {Layout} L @param {Group} g @param {number} n the server's place in it @returns {Point[]} */
export function outward(L, g, n) {
  return [...through(L, g, n), ...onward(L, g, n)];
}

/** Inside a balancer: up or down its rail to the server's port. @param {Layout} L @param {Group} g @param {number} n @returns {Point[]} */
function through(L, g, n) {
  const { hub, box } = g, p = g.ports[n];
  if (!box || L.kind === 'stacked') return [hub];
  const rail = railOf(box);
  return [hub, { x: rail, y: hub.y }, { x: rail, y: p.y }];
}

/** @param {{x: number, w: number}} box */
export const railOf = box => box.x + Math.min(24, box.w * .24);

/** From a group's port to the left edge of a server: the part that is a wire. @param {Layout} L @param {Group} g @param {number} n @returns {Point[]} */
export function onward(L, g, n) {
  const r = g.rows[n], z = { x: r.x - 2, y: r.y + .5 }, p = g.ports[n];
  if (L.kind === 'across') {
    if (!g.box && g.rows.length === 1) return [z];
    if (!r.sub) return flat(p, z);
    return [...flat(p, { x: g.x - 6, y: r.lane }), { x: z.x - 12, y: r.lane }, ...flat({ x: z.x - 12, y: r.lane }, z).slice(1)];
  }
  if (r.sub) return [p, { x: p.x, y: r.lane - 5 }, { x: p.x + 5, y: r.lane }, { x: z.x - 12, y: r.lane }, { x: z.x - 8, y: r.lane - 4 }, { x: z.x - 8, y: z.y + 4 }, { x: z.x - 4, y: z.y }, z];
  return [p, { x: p.x, y: Math.max(p.y, z.y - 6) }, { x: p.x + 6, y: z.y }, z];
}

/** @param {Point[]} points @returns {Way} */
export function way(points) {
  const at = [0];
  for (let n = 1; n < points.length; n++) at.push(at[n - 1] + Math.hypot(points[n].x - points[n - 1].x, points[n].y - points[n - 1].y));
  return { points, at, length: at[at.length - 1] };
}

/** The point at a part of a way. @param {Way} w @param {number} u 0 … 1 @returns {Point} */
export function point({ points, at, length }, u) {
  const d = u * length;
  let n = 1;
  while (n < at.length - 1 && at[n] < d) n++;
  if (points.length < 2) return points[0];
  const a = points[n - 1], b = points[n], part = (d - at[n - 1]) / Math.max(.001, at[n] - at[n - 1]);
  return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
}
