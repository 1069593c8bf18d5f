// paths.js — the curves along which requests travel between the places of a layout.

/** @import {Curve, Group, Layout, Point} from '../panel/types.js' */

/** @param {Point} a @param {Point} z @param {number} ease @returns {Curve} */
const flat = (a, z, ease) => { const d = (z.x - a.x) * ease; return [a, { x: a.x + d, y: a.y }, { x: z.x - d, y: z.y }, z]; };

/** From where a request comes to where a group takes requests in. @param {Layout} L @param {Point} a @param {Group} g @returns {Curve} */
export function inward(L, a, g) {
  const z = g.hub;
  if (L.kind === 'across') return flat(a, z, .55);
  if (a.y < z.y) return [a, { x: a.x, y: a.y + 26 }, { x: z.x, y: z.y - 26 }, z];
  return [a, { x: L.pad + 4, y: a.y }, { x: L.pad, y: a.y - 30 }, { x: L.pad + 4, y: a.y - 20 }];      // from a server: back into the manifold
}

/** From a group's port to the left edge of a server. @param {Layout} L @param {Group} g @param {number} n the server's place in it @returns {Curve} */
export function outward(L, g, n) {
  const row = g.rows[n], a = g.ports[n], z = { x: row.x, y: row.y + .5 };
  if (L.kind === 'stacked') return [a, { x: a.x, y: z.y - 4 }, { x: a.x, y: z.y }, z];
  if (!g.box && g.rows.length > 1) return flat(g.hub, z, .5);
  return flat(a, z, .5);
}

/** @param {Curve} curve @param {number} u 0 … 1 @returns {Point} */
export function point([a, b, c, d], u) {
  const v = 1 - u, p = v * v * v, q = 3 * v * v * u, r = 3 * v * u * u, s = u * u * u;
  return { x: p * a.x + q * b.x + r * c.x + s * d.x, y: p * a.y + q * b.y + r * c.y + s * d.y };
}
