// readouts.js — the measured figures: value, spark line, what theory says while it holds; in a comparison both, and their difference.

/** @import {Readout, Row} from './types.js' */
/** @import {Run} from './run.js' */

import { make, noValue, shown, svg } from './make.js';
import { measured, mutes } from './row.js';

const W = 120, H = 22, SPARK = 60;       // of a spark line: its box, and how many instants it shows
const WINDOW = 1024;                     // answers that the rolling figures are over, at most

/** @typedef {[number, number|null][]} Line instants from 0 to 1, and what was measured there */
/** @param {Line} line @param {number} high */
const path = (line, high) => line.map(([x, v], i) => (v == null ? '' : `${i && line[i - 1][1] != null ? 'L' : 'M'}${(x * W).toFixed(1)} ${(H - 1 - v / (high || 1) * (H - 2)).toFixed(1)}`)).join('');

export class Readouts {
  /** @param {HTMLElement} host a dl @param {Readout[]} readouts @param {HTMLElement} note where it says that figures are warming up
   * @param {HTMLElement} theory where it says which formula stands beside them, or why none does */
  constructor(host, readouts, note, theory) {
    this.theory = theory;
    this.host = host;
    this.note = note;
    this.old = make('span');
    note.append('Warming up: ', this.old, ' % ', make('span', { className: 'long' }, 'of the answers behind these figures are '), 'from before the last change.');
    this.tiles = readouts.map(r => {
      const values = make('div', { className: 'vs' }), theory = make('div', { className: 'th' });
      const line = svg('line', { x1: 0, x2: W }), a = svg('path'), b = svg('path', { class: 'b' });
      const spark = svg('svg', { class: 'spark', viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line, a, b);
      const element = make('div', { className: 'readout' }, make('dt', {}, r.label), make('dd', {}, values, spark, theory));
      host.append(element);
      show(values, [null], r, false);                                     // as high as it will be
      return { r, element, values, theory, line, paths: [a, b] };
    });
  }

  /** @param {Run[]} runs one, or A and B */
  read(runs) {
    const begun = runs[0].playback.now > 0, rows = runs.map(run => run.playback.row), pair = runs.length > 1;
    if (!rows[0]) return;
    const says = runs[0].theory, recent = recentRows(runs);
    for (const tile of this.tiles) {
      const { r } = tile, now = rows.map((row, n) => (begun ? of(row, runs[n], r.name) : null));
      show(tile.values, now, r, pair);
      const expected = pair ? null : says?.[r.name];
      const missing = now.some(value => value == null) ? mute(rows.map(row => begun && !!row && mutes(row, r.name))) || r.none : '';
      tile.theory.textContent = missing || (pair ? difference(now, r) : expected != null ? `theory says ${shown(expected, r)}` : '');
      const series = recent.map((found, n) => found.map(([x, row]) => /** @type {Line[number]} */ ([x, of(row, runs[n], r.name)])));
      const all = series.flat().map(([, v]) => v).concat(expected ?? []).filter(v => v != null), high = Math.max(...all, 1e-9) * 1.08;
      series.forEach((line, n) => tile.paths[n].setAttribute('d', line.length > 1 ? path(line, high) : ''));
      if (!pair) tile.paths[1].setAttribute('d', '');
      tile.line.setAttribute('visibility', expected == null ? 'hidden' : 'visible');
      if (expected != null) { const y = H - 1 - expected / high * (H - 2); tile.line.setAttribute('y1', y); tile.line.setAttribute('y2', y); }
      tile.element.classList.toggle('alarm', !pair && r.name === 'error_rate' && (now[0] ?? 0) > .005);
    }
    const why = pair ? '' : says?.holds ? `Theory: ${says.name}.` : says?.why ? `No formula${says.throughput == null ? '' : ' for latency'}: ${says.why}.` : '';
    if (this.theory.textContent !== why) this.theory.textContent = why;
    this.#warming(runs);
  }

  /** The rolling figures are over the last answers: say so while some of them are older than the last change. @param {Run[]} runs */
  #warming(runs) {
    let old = 0;
    for (const { playback } of runs) {
      const rate = playback.row?.throughput ?? 0, fresh = Math.max(0, playback.now - playback.since) / 1000 * rate;
      const held = Math.min(WINDOW, playback.now / 1000 * rate);
      if (playback.since > 0 && held > 0) old = Math.max(old, 1 - fresh / held);
    }
    const warm = old > .02;
    this.host.classList.toggle('warming', warm);
    this.note.classList.toggle('on', warm);
    if (warm) this.old.textContent = String(Math.round(old * 100));
  }
}

/** @param {Row|undefined} row @param {Run} run @param {string} name @returns {number|null} */
function of(row, run, name) {
  if (name === 'servers') return run.playback.servers.filter(s => s?.station === run.playback.main).length;      // those on the stage
  return row && name in row ? measured(row, name) : run.playback.current?.readouts[name] ?? null;
}

/** Why figures of answers have no value, in words. @param {boolean[]} past of each run, whether no answers come any more */
const mute = past => (!past.includes(true) ? '' : past.length < 2 ? 'nothing is answered' : past[0] && past[1] ? 'neither answers' : `${past[0] ? 'A' : 'B'} answers nothing`);

/** The last instants of each run, on one scale from 0 to 1: two runs may have theirs at different ones. @param {Run[]} runs @returns {[number, Row][][]} */
function recentRows(runs) {
  const found = runs.map(({ playback: { history, now } }) => {
    let end = history.length;
    while (end && history[end - 1].t > now + 1) end--;
    return history.slice(Math.max(0, end - SPARK), end);
  });
  const from = Math.max(...found.map(rows => rows[0]?.t ?? 0)), until = Math.max(...found.map(rows => rows.at(-1)?.t ?? 0));
  return found.map(rows => rows.filter(row => row.t >= from).map(row => [(row.t - from) / (until - from || 1), row]));
}

/** @param {HTMLElement} host @param {(number|null)[]} values @param {Readout} r @param {boolean} pair */
function show(host, values, r, pair) {
  if (host.childElementCount !== values.length || host.dataset.pair !== String(pair)) {
    host.dataset.pair = String(pair);
    host.replaceChildren(...values.map((_, n) => make('div', { className: 'v' }, ...(pair ? [make('span', { className: n ? 'run-mark b' : 'run-mark' }, 'AB'[n])] : []), make('b'), make('span', {}, r.unit))));
  }
  values.forEach((v, n) => {
    const b = /** @type {HTMLElement} */ (host.children[n].querySelector('b')), text = shown(v, r);
    if (v == null) { if (!b.firstElementChild) b.replaceChildren(...noValue()); } else if (b.textContent !== text) b.textContent = text;
    /** @type {HTMLElement} */ (host.children[n].lastElementChild).hidden = v == null;      // a unit of nothing
  });
}

/** @param {(number|null)[]} values @param {Readout} r */
function difference([a, b], r) {
  if (a == null || b == null) return '';
  const text = shown(Math.abs(b - a), r);
  return Number(text.replace(/,/g, '')) ? `B ${b < a ? 'lower' : 'higher'} by ${text} ${r.unit === '%' ? 'points' : r.unit}`.trim() : 'no difference';
}
