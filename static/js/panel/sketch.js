// sketch.js — a curve drawn over empty axes, by pointer or by choosing a shape.

/** @import {Predict} from './types.js' */

import { evenly } from './axes.js';
import { make, svg } from './make.js';

const N = 32, PAD = { l: 48, r: 16, t: 26, b: 28 };
/** @typedef {(u: number, known: number, max: number) => number} Shape */
/** @type {Record<string, [string, Shape]>} */ const SHAPES = {
  flat: ['Barely moves', (u, known) => known * (1 + .06 * Math.sin(u * 9))],
  double: ['About twice as high', (u, known) => known * (1 + Math.min(1, u * 3))],
  level: ['Far higher, then level', (u, known, max) => known + (max * .75 - known) * (1 - Math.exp(-u * 5))],
  climb: ['Climbs without end', (u, known, max) => known + (max * .97 - known) * u],
};

export class Sketch {
  /** @param {HTMLElement} host @param {HTMLElement} choices @param {Predict} info @param {string} name
   * @param {(said: {said: string, points: [number, number][]}|null) => void} say null while the line has not come far enough */
  constructor(host, choices, info, name, say) {
    this.info = info;
    this.say = say;
    this.known = info.known ?? 0;
    this.max = info.maximum;
    this.svg = svg('svg', { role: 'img', 'aria-label': `Empty chart of ${info.label}, from ${this.known} ${info.unit}. Draw with a pointer, or use the shapes.` });
    host.append(this.svg);
    /** @type {{i: number, v: number}|null} */ this.last = null;      // where the pointer was
    /** @type {(number|null)[]} */ this.drawn = Array(N + 1).fill(null);
    const shapes = make('fieldset', { className: 'shapes' }, make('legend', { className: 'vh' }, `Shape of ${info.label}`));
    for (const [id, [label, shape]] of Object.entries(SHAPES)) {
      const input = make('input', { type: 'radio', name, value: id });
      const line = Array.from({ length: 17 }, (_, i) => `L${40 + i * 5} ${32 - shape(i / 16, .2, 1) * 30}`).join('');
      shapes.append(make('label', { className: 'shape' }, input, svg('svg', { viewBox: '0 0 120 34', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('path', { class: 'axis', d: 'M0 33.5H120M40 4V33' }), svg('path', { d: `M0 26L40 26${line}` })), label));
      input.addEventListener('change', () => { this.drawn = Array.from({ length: N + 1 }, (_, i) => Math.min(this.max, shape(i / N, this.known, this.max))); this.#told(label); });
    }
    choices.append(shapes);
    this.shapes = shapes;
    this.svg.addEventListener('pointerdown', (/** @type {PointerEvent} */ e) => { e.preventDefault(); this.svg.setPointerCapture(e.pointerId); this.last = { i: 0, v: this.known }; this.#mark(e); });
    this.svg.addEventListener('pointermove', (/** @type {PointerEvent} */ e) => { if (e.buttons && this.last) this.#mark(e); });
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(host);
  }

  leave() { this.resize.disconnect(); }

  /** Whether there is some of a line. */
  get begun() { return this.drawn.some(v => v != null); }

  /** @param {PointerEvent} e */
  #mark(e) {
    const box = this.svg.getBoundingClientRect(), { split, W, H } = this.#geometry();
    const i = Math.round((e.clientX - box.left - split) / (W - PAD.r - split) * N);
    const v = Math.max(0, Math.min(this.max, (1 - (e.clientY - box.top - PAD.t) / (H - PAD.t - PAD.b)) * this.max));
    if (i < 1 || i > N || !this.last) return;
    this.drawn[0] = this.known;
    const { last } = this, step = Math.sign(i - last.i);
    if (step) for (let j = last.i; j !== i; j += step) this.drawn[j] = last.v + (v - last.v) * Math.abs(j - last.i) / Math.abs(i - last.i);
    this.drawn[i] = v;
    this.last = { i, v };
    for (const input of this.shapes.querySelectorAll('input')) input.checked = false;
    this.#told('your own line');
  }

  /** @param {string} said */
  #told(said) {
    this.draw();
    if (this.drawn.filter(v => v != null).length < N * .8) { this.say(null); return; }
    const { from, span } = this.info;
    let before = this.known;             // a line that stops short goes on as it ended
    this.say({ said, points: this.drawn.map((v, i) => [from + (span - from) * i / N, before = v ?? before]) });
  }

  #geometry() {
    const W = this.svg.clientWidth || 480, H = this.svg.clientHeight || 300, { from, span } = this.info;
    const split = PAD.l + (W - PAD.l - PAD.r) * (from > 0 ? from / span : .04);
    return { W, H, split, x: (/** @type {number} */ u) => split + u * (W - PAD.r - split), y: (/** @type {number} */ v) => PAD.t + (1 - v / this.max) * (H - PAD.t - PAD.b) };
  }

  draw() {
    const { W, H, split, x, y } = this.#geometry(), { info } = this, bottom = H - PAD.b;
    const text = (/** @type {string} */ s, /** @type {number} */ tx, /** @type {number} */ ty, more = {}) => { const t = svg('text', { x: tx, y: ty, ...more }); t.textContent = s; return t; };
    const parts = evenly(this.max).flatMap(v => [svg('path', { class: 'grid', d: `M${PAD.l} ${y(v)}H${W - PAD.r}` }), text(v.toLocaleString('en'), PAD.l - 8, y(v) + 4, { 'text-anchor': 'end' })]);
    parts.push(text(`${info.label}, ${info.unit}`, PAD.l, PAD.t - 11, { class: 'ink' }), svg('path', { class: 'known', d: `M${PAD.l} ${y(this.known)}H${split}` }), svg('path', { class: 'event', d: `M${split} ${PAD.t}V${bottom}` }), svg('path', { class: 'axis', d: `M${PAD.l} ${bottom}H${W - PAD.r}` }));
    parts.push(text('0 s', PAD.l, H - 8), text(`${info.span} s`, W - PAD.r, H - 8, { 'text-anchor': 'end' }));
    if (info.from > 0) parts.push(text(`${info.from} s`, split, H - 8, { 'text-anchor': 'middle' }));
    const points = this.drawn.map((v, i) => (v == null ? '' : `${x(i / N).toFixed(1)} ${y(v).toFixed(1)}`)).filter(Boolean);
    if (points.length > 1) parts.push(svg('path', { class: 'mine', d: `M${points.join('L')}` }));
    const end = points.length > 1 ? points[points.length - 1].split(' ') : [split, y(this.known)];
    parts.push(svg('circle', { class: 'pen', cx: end[0], cy: end[1], r: 7 }));
    if (points.length < 2) parts.push(text('Drag from here', split + 16, y(this.known) - 8));
    this.svg.setAttribute('viewBox', `0 0 ${W} ${H}`);
    this.svg.replaceChildren(...parts);
  }
}
