// charts.js — the only module that touches Plotly: loads it when a chart comes near, draws, exports.

/** @import {Colours, Figure, Ghost, Source} from './figures.js' */

import { percentiles, queues } from './figures.js';
import { Pen } from './pen.js';
import { histogram, shares } from './spread.js';

const DRAW = { percentiles, queues, shares, histogram };
const MOVES = ['range', 'tickvals', 'ticktext'];         // of an axis: Plotly draws these anew in an eighth of the time of a layout
/** @typedef {keyof typeof DRAW} Kind */

/** @type {Promise<any>|null} */
let loading = null;

/** @param {string} url @returns {Promise<any>} */
function plotly(url) {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = url;
    script.addEventListener('load', () => done(/** @type {any} */ (window).Plotly));
    script.addEventListener('error', () => { loading = null; fail(new Error('Plotly did not come')); });
    document.head.append(script);
  });
  return loading;
}

/** Plotly cannot read what a mixed colour comes as. @param {string} color */
const plain = color => color.replace(/^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+).*$/, (_, ...parts) => `rgb(${parts.slice(0, 3).map(part => Math.round(part * 255)).join(', ')})`);

/** @param {Element} el @returns {Colours} */
function colours(el) {
  const probe = document.createElement('i');
  probe.style.setProperty('transition', 'none', 'important');
  probe.style.setProperty('forced-color-adjust', 'none');      // it is asked for colours that a canvas has to tell apart
  el.append(probe);
  const of = (/** @type {string} */ name) => { probe.style.color = `var(--${name})`; return plain(getComputedStyle(probe).color); };
  const found = { ink: of('ink'), ink2: of('ink-2'), ink3: of('ink-3'), line: of('line'), line2: of('line-2'), accent: of('accent'), wash: of('accent-wash'), b: of('b'), font: getComputedStyle(probe).fontFamily };
  probe.remove();
  return found;
}

/** What Plotly has drawn of axes, all that stays, as text, and what may move, by its path. @param {any} layout @param {Element} el */
function axesOf(layout, el) {
  const rest = JSON.stringify([layout, el.clientWidth, el.clientHeight], (key, value) => MOVES.includes(key) || value);
  /** @type {Record<string, any[]>} */ const moves = {};
  for (const axis of ['xaxis', 'yaxis']) for (const key of MOVES) if (layout[axis][key]) moves[`${axis}.${key}`] = [...layout[axis][key]];
  return { rest, moves };
}

export class Chart {
  /** @param {HTMLElement} el @param {string} url of Plotly @param {() => void} ready called once it can draw */
  constructor(el, url, ready) {
    this.el = el;
    /** @type {any} */ this.Plotly = null;
    this.near = false;
    this.pen = new Pen(el);
    /** @type {Kind|''} */ this.kind = '';
    /** @type {Figure|null} */ this.figure = null;
    /** @type {ReturnType<typeof axesOf>|null} */ this.axes = null;          // those that Plotly drew last, when nothing else is there
    this.nothing = [{ x: [], y: [] }];   // always the same, or Plotly works its data out again
    /** @type {Record<string, number[]>} */ this.held = {};
    this.watch = new IntersectionObserver(async seen => {
      this.near = seen[seen.length - 1].isIntersecting;
      if (!this.near) return;
      this.Plotly ??= await plotly(url).catch(() => /** @type {any} */ (null));
      if (this.Plotly) ready();                          // also what was not drawn while it was out of sight
    }, { rootMargin: '250px' });
    this.watch.observe(el);
    this.size = new ResizeObserver(ready);               // the pen's lines do not stretch
    this.size.observe(el);
    el.addEventListener('pointerenter', ready);          // what answers to the pointer is Plotly's
    this.tapped = false;                                 // the last of all taps was on it: a finger does not hover
    this.tap = (/** @type {PointerEvent} */ e) => {     // Plotly makes clicks of its own
      const on = e.pointerType === 'touch' && el.contains(/** @type {Node} */ (e.target));
      if (on !== this.tapped) { this.tapped = on; ready(); }
    };
    document.addEventListener('pointerup', this.tap, true);
    /** @type {Colours|null} */ this.colours = null;
  }

  /** Whether drawing is worth anything. */
  get seen() { return !!this.Plotly && this.near && this.el.clientWidth > 0; }

  retheme() { this.colours = null; }

  /** A new run: its axes owe nothing to the last one's. */
  reset() { this.held = {}; }

  /** Until somebody points at it, Plotly draws the axes, anew when they change, and the pen what lies on them.
   * @param {Kind} kind @param {Source[]} runs @param {[number, number]} span s @param {{log?: boolean, ghost?: Ghost}} how */
  draw(kind, runs, span, how) {
    if (!this.seen) return;
    this.colours ??= colours(this.el);
    const name = `${kind} ${!!how.log} ${runs.length}`;
    this.figure = /** @type {Figure} */ (DRAW[kind](runs, span, this.colours, { ...how, width: this.el.clientWidth, held: this.held[name] }));
    this.held[name] = this.figure.held;
    if (this.kind && this.kind !== kind) { this.Plotly.purge(this.el); this.axes = null; }
    this.kind = kind;
    if (this.tapped || this.el.matches(':hover')) this.#print(this.figure);
    else this.#sketch(this.figure);
  }

  /** @param {Figure} figure */
  #sketch(figure) {
    const layout = { ...figure.layout, shapes: [], hovermode: false }, axes = axesOf(layout, this.el), before = this.axes;
    this.axes = axes;
    if (axes.rest !== before?.rest) this.#plot(this.nothing, layout);
    else {
      const moved = Object.entries(axes.moves).filter(([path, to]) => String(to) !== String(before.moves[path]));
      if (moved.length) this.Plotly.relayout(this.el, structuredClone(Object.fromEntries(moved)));
    }
    this.pen.draw(figure);
  }

  /** @param {Figure} figure */
  #print({ data, layout }) {
    this.axes = null;
    this.pen.clear();
    this.#plot(data, layout);
  }

  /** @param {any[]} data @param {any} layout */
  #plot(data, layout) { this.Plotly.react(this.el, data, layout, { displayModeBar: false, responsive: true }); }

  /** Save the picture as it stands. @param {string} filename */
  async image(filename) {
    if (!this.Plotly || !this.figure) return;
    this.#print(this.figure);
    const url = await this.Plotly.toImage(this.el, { format: 'png', width: this.el.clientWidth, height: this.el.clientHeight, scale: 2, setBackground: 'opaque' });
    save(url, `${filename}.png`);
  }

  leave() {
    this.watch.disconnect();
    this.size.disconnect();
    document.removeEventListener('pointerup', this.tap, true);
    this.Plotly?.purge(this.el);
  }
}

/** @param {string} url @param {string} filename */
export function save(url, filename) {
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  link.click();
}
