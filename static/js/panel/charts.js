// charts.js — the only module that touches Plotly: loads it when a chart comes near, draws, exports.

/** @import {Colours, Ghost, Source} from './figures.js' */

import { histogram, percentiles, queues, shares } from './figures.js';

const DRAW = { percentiles, queues, shares, histogram };
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

/** @param {Element} el @returns {Colours} */
function colours(el) {
  const probe = document.createElement('i');
  probe.style.setProperty('transition', 'none', 'important');
  el.append(probe);
  const of = (/** @type {string} */ name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
  const found = { ink: of('ink'), ink2: of('ink-2'), ink3: of('ink-3'), line: of('line'), line2: of('line-2'), accent: of('accent'), wash: of('accent-wash'), b: of('b'), font: getComputedStyle(probe).fontFamily };
  probe.remove();
  return found;
}

export class Chart {
  /** @param {HTMLElement} el @param {string} url of Plotly @param {() => void} ready called once it can draw */
  constructor(el, url, ready) {
    this.el = el;
    /** @type {any} */ this.Plotly = null;
    this.near = false;
    /** @type {Kind|''} */ this.kind = '';
    this.watch = new IntersectionObserver(async seen => {
      this.near = seen[seen.length - 1].isIntersecting;
      if (!this.near || this.Plotly) return;
      this.Plotly = await plotly(url).catch(() => /** @type {any} */ (null));
      if (this.Plotly) ready();
    }, { rootMargin: '250px' });
    this.watch.observe(el);
    /** @type {Colours|null} */ this.colours = null;
  }

  /** Whether drawing is worth anything. */
  get seen() { return !!this.Plotly && this.near && this.el.clientWidth > 0; }

  retheme() { this.colours = null; }

  /** While it plays and nobody points at it, nothing answers to the pointer: that halves what an update costs.
   * @param {Kind} kind @param {Source[]} runs @param {[number, number]} span s @param {{log?: boolean, ghost?: Ghost, playing?: boolean}} how */
  draw(kind, runs, span, how) {
    if (!this.seen) return;
    this.colours ??= colours(this.el);
    const { data, layout } = /** @type {{data: any[], layout: any}} */ (DRAW[kind](runs, span, this.colours, how));
    if (how.playing && !this.el.matches(':hover')) {
      layout.hovermode = false;
      for (const trace of data) { delete trace.hovertemplate; trace.hoverinfo = 'skip'; }
    }
    if (this.kind && this.kind !== kind) this.Plotly.purge(this.el);
    this.kind = kind;
    this.Plotly.react(this.el, data, layout, { displayModeBar: false, responsive: true });
  }

  /** Save the picture as it stands. @param {string} filename */
  async image(filename) {
    if (!this.Plotly) return;
    const url = await this.Plotly.toImage(this.el, { format: 'png', width: this.el.clientWidth, height: this.el.clientHeight, scale: 2, setBackground: 'opaque' });
    save(url, `${filename}.png`);
  }

  leave() {
    this.watch.disconnect();
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
