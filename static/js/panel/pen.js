// pen.js — draws a figure's lines, words and bars over Plotly's empty axes: Plotly takes twenty milliseconds for what is half a
// millisecond here, and cannot leave the axes alone. What figures.js makes is all that this knows.

/** @import {Figure} from './figures.js' */

import { make } from './make.js';

const GAP = .06;                         // of a bar's lane, at each side: half of the layout's bargap
/** @type {Record<string, number[]>} */ const DASH = { solid: [], dot: [2, 2] };

export class Pen {
  /** @param {HTMLElement} over the element that it draws over */
  constructor(over) {
    this.over = over;
    this.canvas = make('canvas', { className: 'pen', 'aria-hidden': 'true' });
    over.after(this.canvas);
    this.used = false;
  }

  clear() {
    if (this.used) this.canvas.width = this.canvas.height = 0;
    this.used = false;
  }

  /** @param {Figure} figure */
  draw({ data, layout }) {
    const { clientWidth: wide, clientHeight: high } = this.over, { canvas } = this, ratio = devicePixelRatio || 1;
    const { l, r, t, b } = layout.margin, font = layout.font;
    if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) { canvas.width = Math.round(wide * ratio); canvas.height = Math.round(high * ratio); }
    this.used = true;
    const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, wide, high);
    ink.lineJoin = 'round';
    const x = scale(layout.xaxis, l, wide - r), y = scale(layout.yaxis, high - b, t);
    ink.save();
    ink.beginPath();
    ink.rect(l, t, wide - l - r, high - t - b);
    ink.clip();
    const bars = data.filter(trace => trace.type === 'bar');
    data.forEach((trace, n) => {
      if (trace.type === 'bar') this.#bars(ink, trace, bars.indexOf(trace), bars.length, x, y);
      else if (trace.mode === 'lines') this.#line(ink, trace, data[n - 1], x, y);
    });
    for (const { x0, x1, y0, y1, yref, line } of layout.shapes ?? []) {
      this.#line(ink, { x: [x0, x1], y: [y0, y1], line }, null, x, yref === 'paper' ? scale({ range: [0, 1] }, high - b, t) : y);
    }
    ink.restore();
    for (const trace of data) if (trace.text) this.#words(ink, trace, font.family, x, y);
  }

  /** @param {CanvasRenderingContext2D} ink @param {any} trace @param {any} before the trace that it is filled down to @param {Scale} x @param {Scale} y */
  #line(ink, trace, before, x, y) {
    const path = new Path2D();
    let broken = true;
    for (let i = 0; i < trace.x.length; i++) {
      if (trace.y[i] == null || trace.x[i] == null) { broken = true; continue; }
      if (broken) path.moveTo(x(trace.x[i]), y(trace.y[i])); else path.lineTo(x(trace.x[i]), y(trace.y[i]));
      broken = false;
    }
    if (trace.fill) {
      const area = new Path2D(path), back = trace.fill === 'tonexty' ? before : { x: [trace.x[0], trace.x.at(-1)], y: [0, 0] };
      for (let i = back.x.length - 1; i >= 0; i--) area.lineTo(x(back.x[i]), y(back.y[i]));
      ink.fillStyle = trace.fillcolor;
      if (trace.x.length) ink.fill(area);
    }
    if (!trace.line.width) return;
    const dash = trace.line.dash ?? 'solid';
    ink.setLineDash(DASH[dash] ?? dash.split(',').map(parseFloat));
    ink.strokeStyle = trace.line.color;
    ink.lineWidth = trace.line.width;
    ink.stroke(path);
  }

  /** @param {CanvasRenderingContext2D} ink @param {any} trace @param {number} turn @param {number} of @param {Scale} x @param {Scale} y */
  #bars(ink, trace, turn, of, x, y) {
    ink.fillStyle = trace.marker.color;
    trace.y.forEach((/** @type {number} */ lane, /** @type {number} */ i) => {
      const [from, to] = side(lane, turn, of);
      ink.fillRect(x(0), y(from), x(trace.x[i]) - x(0), y(to) - y(from));
    });
  }

  /** Words beside their point as Plotly sets them. @param {CanvasRenderingContext2D} ink @param {any} trace @param {string} family @param {Scale} x @param {Scale} y */
  #words(ink, trace, family, x, y) {
    const { size, color } = trace.textfont;
    ink.font = `${size}px ${family}`;
    trace.text.forEach((/** @type {string} */ text, /** @type {number} */ i) => {
      const [upright, along] = trace.textposition[i].split(' ');
      ink.fillStyle = color[i];
      ink.textAlign = along === 'left' ? 'right' : 'left';
      ink.fillText(text, x(trace.x[i]), y(trace.y[i]) + size * (upright === 'top' ? -.25 : .25));
    });
  }
}

/** Where a bar lies in its lane, between two values of the axis. @param {number} lane @param {number} turn @param {number} of @returns {[number, number]} */
function side(lane, turn, of) {
  const wide = (1 - 2 * GAP) / of, from = lane - .5 + GAP + turn * wide;
  return [from, from + wide];
}

/** @typedef {(value: number) => number} Scale */

/** From a value to pixels. @param {{range: [number, number], type?: string}} axis @param {number} from px @param {number} to px @returns {Scale} */
function scale({ range: [low, high], type }, from, to) {
  const each = (to - from) / (high - low);
  return type === 'log' ? value => from + (Math.log10(Math.max(value, 1e-12)) - low) * each : value => from + (value - low) * each;
}
